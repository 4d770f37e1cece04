"""Verbs of agents."""

from tallystick.app.agents import registry
from tallystick.app.verbs.parts import Parts
from tallystick.domain.ids import AssetId


class AgentVerbs(Parts):
    """With this node's key."""

    def register_agent(self, *, name: str, description: str, endpoint: str) -> registry.RegisteredAgentOf:
        content = self._outside.content()
        return registry.register(self._acting, content, name=name, description=description, endpoint=endpoint)

    def agents(self) -> tuple[registry.AgentLine, ...]:
        return registry.listed(self._outside.chain(), self._outside.content())

    def agent(self, *, agent_id: bytes) -> registry.AgentDetail:
        return registry.show(self._outside.chain(), self._outside.content(), AssetId(agent_id))
