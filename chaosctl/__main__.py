"""The way in for `chaosctl` and `python -m chaosctl`."""


def main() -> None:
    """Run the command line, and end the process with its exit code."""
    from chaosctl.cli import run  # noqa: PLC0415 - a node process imports chaosctl without Typer and Rich

    run()


if __name__ == "__main__":
    main()
