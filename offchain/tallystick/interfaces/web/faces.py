"""The demo's HTTP side: real servers on loopback, and the official OpenAI client as the consumer's program."""

from contextlib import AbstractContextManager
from typing import Any

from tallystick.app.answering.desk import AnswerDesk
from tallystick.app.demo.stage import Asked
from tallystick.app.paying.desk import EXTENSION, PayDesk
from tallystick.interfaces.web import proxy, server
from tallystick.interfaces.web.hosting import hosted

TIMEOUT_S = 300.0


class HttpFaces:
    """Satisfies `app.demo.stage.Faces`."""

    def operator(self, desk: AnswerDesk) -> AbstractContextManager[str]:
        return hosted(server.build(desk))

    def proxy(self, desk: PayDesk) -> AbstractContextManager[str]:
        return hosted(proxy.build(desk))

    def ask(self, url: str, model: str, question: str, *, stream: bool) -> Asked:
        """One question by an unmodified OpenAI client."""
        import openai

        client = openai.OpenAI(base_url=f"{url}/v1", api_key="none", timeout=TIMEOUT_S, max_retries=0)
        messages: Any = [{"role": "user", "content": question}]
        if not stream:
            answer = client.chat.completions.create(model=model, messages=messages)
            text = answer.choices[0].message.content or ""
            return Asked(question, text, (answer.model_extra or {})[EXTENSION], streamed=False)
        text = ""
        extension: dict[str, Any] = {}
        chunks = client.chat.completions.create(model=model, messages=messages, stream=True)
        for chunk in chunks:
            text += "".join(choice.delta.content or "" for choice in chunk.choices)
            extension = (chunk.model_extra or {}).get(EXTENSION, extension)
        return Asked(question, text, extension, streamed=True)
