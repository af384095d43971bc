"""What a lint says of files that its own test plants."""
import pathlib
import subprocess
import sys
import tempfile


def findings(lint, files):
    """The lines of findings of the program `lint` in a tree of `files`, by their names."""
    with tempfile.TemporaryDirectory() as top:
        for name, text in files.items():
            path = pathlib.Path(top) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        run = subprocess.run([sys.executable, lint, top], capture_output=True, text=True, check=False)
        lines = run.stdout.splitlines()[:-1]
        assert (run.returncode != 0) == bool(lines), run
        return lines
