from tallystick.pipeline.settlement.windows import Window, maturity


def test_window_when_at_its_end_is_over() -> None:
    assert not Window(5, 10).is_over(9)
    assert Window(5, 10).is_over(10)


def test_windows_when_made_start_at_their_event() -> None:
    assert maturity(200, 30) == Window(200, 230)
