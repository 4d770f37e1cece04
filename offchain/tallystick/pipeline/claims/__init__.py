"""Rewards: takes the credits of final batches, makes a period's two trees and an asset's path. Pays none."""
