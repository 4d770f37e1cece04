from tallystick.gateways.content.libkubo import make_private


def test_config_when_made_private_talks_to_nobody() -> None:
    config = {
        "Bootstrap": ["/dnsaddr/somewhere"],
        "Discovery": {"MDNS": {"Enabled": True}},
        "Addresses": {"Swarm": ["/ip4/0.0.0.0/tcp/4001"], "API": "x"},
    }

    private = make_private(config)

    assert private["Bootstrap"] == [] and private["Routing"] == {"Type": "none"}
    assert private["Discovery"]["MDNS"]["Enabled"] is False
    assert private["Addresses"] == {"Swarm": ["/ip4/127.0.0.1/tcp/0"], "API": "x"}
