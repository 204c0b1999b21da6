"""`python -m dbengineer`: the same as the command `dbengineer`."""

from dbengineer.agent.channels.cli import main

if __name__ == "__main__":
    main()
