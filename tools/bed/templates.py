"""Configuration files beside this one, with {{name}} replaced: by the bed's own values and by ports as {{port.imap}}."""
import re
from pathlib import Path


def render(name, target_folder: Path, bed, **more):
    values = {"folder": bed.folder, "domain": bed.domain, "mail_user": bed.mail_user, **more}
    values |= {f"port.{key}": port for key, port in bed.ports.items()}
    text = (Path(__file__).parent / name).read_text()
    (target_folder / name).write_text(re.sub(r"\{\{([\w.]+)\}\}", lambda match: str(values[match[1]]), text))
