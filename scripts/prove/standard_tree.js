// Reads dumps of StandardMerkleTrees, one a line, and answers for each what OpenZeppelin's library makes of it: the root that it
// builds from the values, whether its own dump is the same, and whether it takes every proof that the given tree yields.
"use strict";

const path = require("path");

const folders = [process.cwd(), path.join(__dirname, "..", "..")];
const { StandardMerkleTree } = require(require.resolve("@openzeppelin/merkle-tree", { paths: folders }));

function judge(line) {
  const given = JSON.parse(line);
  const rows = given.values.map((row) => row.value);
  const built = StandardMerkleTree.of(rows, given.leafEncoding);
  try {
    const loaded = StandardMerkleTree.load(given);
    loaded.validate();
    const proven = rows.every((row, at) => StandardMerkleTree.verify(built.root, given.leafEncoding, row, loaded.getProof(at)));
    return proven && JSON.stringify(built.dump()) === JSON.stringify(given) ? built.root : "differs";
  } catch (error) {
    return `refused: ${error.message}`;
  }
}

const input = require("fs").readFileSync(0, "utf8");
console.log(input.split("\n").filter(Boolean).map(judge).join("\n"));
