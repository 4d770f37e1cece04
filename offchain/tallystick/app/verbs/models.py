"""Verbs about models: prepare, plan, register, look up. Training them is a job."""

from dataclasses import replace

from tallystick.app.models import standing as standings
from tallystick.app.models import workshop as modelling
from tallystick.app.models.capacity import planning
from tallystick.app.models.serving import pricing
from tallystick.app.monitoring.retraining.pause import check_promotion
from tallystick.app.settlement.risk import ModelTier
from tallystick.app.verbs.parts import Parts


class ModelVerbs(Parts):
    def prepare_base(self) -> modelling.BaseModel:
        return modelling.prepare(self._config.model)

    def plan_model(self, *, datasets: tuple[str, ...], recipe: str, device: str) -> planning.MemoryPlan:
        return planning.memory_plan(self._config.model, self._workshop.bodies(datasets), recipe, device)

    def register_model(self, *, name: str, parents: tuple[str, ...]) -> modelling.RegisteredAdapter:
        check_promotion(self._outside.ledger())  # what is registered serves next
        made = self._workshop.register(name, self._acting, self._signer, parents)
        return replace(made, notice=self._risks.notice(name))

    def model_standing(self, *, name: str) -> standings.Standing:
        return standings.standing(self._outside.chain(), self._outside.content(), self._book.model_id(name))

    def flag_model(self, *, name: str) -> tuple[standings.Flagged, ...]:
        return standings.flag(self._acting, self._outside.content(), self._book.model_id(name))

    def model_offers(self, *, name: str) -> tuple[standings.OnOffer, ...]:
        return standings.offers(self._outside.chain(), self._book.model_id(name))

    def model_price(self, *, name: str) -> pricing.Pricing:
        """Base units of OPEN for 1,000 tokens, and terms that are on offer besides."""
        return pricing.pricing_of(self._outside.chain(), self._book, name)

    def plan_price(self, *, name: str, price_in: int, price_out: int) -> pricing.PriceChange:
        """What a change would do; it changes nothing."""
        return pricing.change_of(self._outside.chain(), self._book, name, price_in, price_out)

    def set_price(self, *, name: str, price_in: int, price_out: int) -> pricing.Repriced:
        """Holds once this node is let serve anew, or from its next start."""
        return pricing.reprice(self._acting, self._book, name, price_in, price_out)

    def retire_terms(self, *, name: str) -> tuple[pricing.RetiredTerms, ...]:
        """All but those that the node answers under from its next start; for good."""
        return pricing.retire_earlier(self._acting, self._book, name)

    def model_tier(self, *, name: str) -> ModelTier:
        """Works beside a serving node, and without a chain."""
        return self._risks.tier(name)
