"""Entry of the `tallystick` command."""

from tallystick.interfaces.cli.main import main

if __name__ == "__main__":
    main()
