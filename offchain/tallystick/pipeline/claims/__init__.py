"""Rewards: takes the credits of final batches, makes a period's two trees and each asset's proof. Pays nobody."""
