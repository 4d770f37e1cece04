// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/* WHAT A DATA SET MAY BE USED FOR, as bits; specification, section 2 */
// Fit weights to its records.
uint8 constant PURPOSE_TRAIN = 1;
// Sell answers of a model that was trained on it.
uint8 constant PURPOSE_SERVE = 2;
// Quote its records to a model as passages.
uint8 constant PURPOSE_RETRIEVE = 4;
uint8 constant PURPOSES_ALL = 7;
