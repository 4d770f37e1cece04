"""What gas costs: chains, accounts, trees and cases for `bench.gas`."""
