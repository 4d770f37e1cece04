"""Attribution: takes an answer, its passages and an index, makes integer shares with evidence. Knows no money."""
