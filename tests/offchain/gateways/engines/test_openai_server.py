"""A second engine through the port of the first: a real server of the completions API over real, tiny models."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from support.serving.batches import ids, prompt, reference, served, tiny_adapter, tiny_batcher
from support.serving.completions_server import Models, completions_server
from support.tiny_chat import tiny_chat
from tallystick.app.models.serving.remote import RemoteModel
from tallystick.errors import DeadlinePassed, InvalidInput, NotFound, Overloaded, Unavailable
from tallystick.gateways.engines.openai_server import OpenAIServer

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def adapter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_adapter(tmp_path_factory.mktemp("adapters") / "a", 1)


@pytest.fixture(scope="module")
def models(adapter: Path) -> Iterator[Models]:
    batcher = tiny_batcher({"a": adapter})
    yield {"base": served(batcher), "scribe": served(batcher, "a")}
    batcher.close()


def remote(url: str, name: str = "scribe", *, key: str = "") -> RemoteModel:
    chat = tiny_chat()
    return RemoteModel(OpenAIServer(url, key=key), name, lambda m, c: chat.prompt_ids(m), chat.text_ids)


def test_generate_when_routed_by_name_gives_each_adapters_tokens_text_and_odds(
    models: Models, adapter: Path
) -> None:
    with completions_server(models) as (url, _):
        made = list(remote(url).generate(prompt(1), 8, logprobs=3))
        plain = ids(remote(url, "base").generate(prompt(1), 8))
        named = OpenAIServer(url).models()

    want = list(reference(adapter).generate(prompt(1), 8, logprobs=3))
    assert [(t.token_id, t.text) for t in made] == [(t.token_id, t.text) for t in want]
    assert [t.logprob for t in made] == pytest.approx([t.logprob for t in want], abs=1e-4)
    assert [[i for i, _ in t.top] for t in made] == [[i for i, _ in t.top] for t in want]
    assert plain == ids(reference().generate(prompt(1), 8)) and plain != ids(made)
    assert named == ("base", "scribe")


def test_generate_when_sampled_passes_on_what_was_asked_and_nothing_of_the_tenant(models: Models) -> None:
    with completions_server(models) as (url, asked):
        told = {"temperature": 0.7, "top_p": 0.9, "seed": 5, "stop": ("zz",)}
        first, again = (
            ids(remote(url, key="k").generate(prompt(1), 8, tenant="0xbob", **told))  # type: ignore[arg-type]
            for _ in range(2)
        )

    assert first == again == ids(models["scribe"].generate(prompt(1), 8, **told))  # type: ignore[arg-type]
    sent = {k: asked[0][k] for k in ("temperature", "top_p", "seed", "stop")}
    assert sent == {**told, "stop": ["zz"]} and asked[0]["authorization"] == "Bearer k"
    assert "0xbob" not in str(asked)
    assert asked[0]["cache_salt"] != asked[1]["cache_salt"], "no prefix is shared between requests"


def test_generate_when_the_server_names_no_ids_encodes_its_text(models: Models) -> None:
    with completions_server(models, names_ids=False) as (url, _):
        made = list(remote(url).generate(prompt(1), 8))

    text = "".join(t.text for t in models["scribe"].generate(prompt(1), 8))
    shown = "".join(t.text for t in made)
    # Never more tokens than were asked for: what would take more than them is not shown either.
    assert shown and text.startswith(shown)
    assert 0 < len(made) <= 8 and {t.logprob for t in made} == {0.0}


def test_generate_when_refused_raises_what_the_status_means(models: Models) -> None:
    class Busy:
        def generate(self, *_: object, **__: object) -> Iterator[object]:
            raise Overloaded("All places are taken.")
            yield

    with completions_server({**models, "busy": Busy()}) as (url, _):  # type: ignore[dict-item]
        with pytest.raises(Overloaded) as busy:
            next(remote(url, "busy").generate(prompt(1), 4))
        with pytest.raises(NotFound, match="nobody"):
            next(remote(url, "nobody").generate(prompt(1), 4))
        with pytest.raises(InvalidInput, match="more than"):
            next(remote(url).generate(prompt(1), 5000))

    assert busy.value.retry_after_s == 7
    with pytest.raises(Unavailable, match=r"serving\.server"):
        next(remote(url).generate(prompt(1), 4))


def test_generate_when_the_server_hangs_up_or_reads_another_prompt_is_not_taken_for_whole(
    models: Models,
) -> None:
    with completions_server(models, break_after=3) as (url, _):
        tokens = remote(url).generate(prompt(1), 8)
        assert len([next(tokens) for _ in range(3)]) == 3
        with pytest.raises(Unavailable, match="middle"):
            next(tokens)
    with completions_server(models, extra_tokens=1) as (url, _), pytest.raises(Unavailable, match="sent"):
        list(remote(url).generate(prompt(1), 4))


def test_generate_when_closed_or_late_lets_go(models: Models) -> None:
    with completions_server(models) as (url, _):
        with closing(remote(url).generate(prompt(1), 100)) as tokens:
            next(tokens)
        with pytest.raises(DeadlinePassed):
            list(remote(url).generate(prompt(1), 100, deadline_s=1e-4))
