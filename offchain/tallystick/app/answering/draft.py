"""An answer while it is made: which tokens there are, and which of them their consumer has seen."""

from tallystick.app.answering.kitchen import Token
from tallystick.app.answering.order import Order
from tallystick.app.results import Piece, TokenMark


class Draft:
    """Tokens come without text while theirs could still change: half a character, or the beginning of a stop."""

    def __init__(self, order: Order) -> None:
        self._order, self._is_cut = order, False
        self.text, self.token_ids, self.shown = "", list[int](), 0
        self.marks: list[TokenMark] = []

    def take(self, token: Token) -> Piece | None:
        """The piece that this token completes."""
        self.token_ids.append(token.token_id)
        self.text += token.text
        spell = self._order.dish.kitchen.spell
        if self._order.request.logprobs is not None:
            top = tuple((spell(i), logprob) for i, logprob in token.top)
            self.marks.append(TokenMark(spell(token.token_id), token.logprob, top))
        if not token.text:
            return None
        new, self.shown = tuple(self.marks[self.shown :]), len(self.token_ids)
        return Piece(self._order.answer_id, self._order.dish.offer.model, token.text, new)

    def cut(self) -> "Draft":
        """The draft as its consumer saw it last; tokens made after that are nobody's debt."""
        self._is_cut = True
        del self.token_ids[self.shown :], self.marks[self.shown :]
        return self

    @property
    def finish_reason(self) -> str:
        ended = self._is_cut or len(self.token_ids) >= self._order.request.max_tokens
        return "length" if ended else "stop"
