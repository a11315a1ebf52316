"""`python -m matinee`: how the supervisor starts the parts, whatever stands on the PATH."""

from matinee.cli import main

if __name__ == "__main__":
    main(prog_name="matinee")
