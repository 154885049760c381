"""Pull the codings and the newest release of a study from Dossierlens.

    DOSSIERLENS_TOKEN=... python3 pull.py https://dossiers.example.nl STUDY FOLDER

The token is made on the page Releases and may fetch codings and releases. It
comes from the environment, for command lines are seen by everybody. Writes
codings.csv and the files of the release to FOLDER. Needs Python 3 and nothing
beside it.
"""

import csv
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request


def get(base, path, token):
    """Ask, and wait when the server says that it is too fast."""
    while True:
        request = urllib.request.Request(base + path, headers={"Authorization": "Bearer " + token})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            if error.code != 429:
                raise SystemExit(f"{path}: {json.load(error).get('detail', error)}")
            time.sleep(int(error.headers.get("Retry-After", "5")))


def codings(base, study, token):
    """Yield every coding, page after page."""
    path = f"/api/v1/studies/{study}/codings?limit=2"
    while path:
        page = json.loads(get(base, path, token))
        yield from page["codings"]
        path = page["next"]


def main(base, study, folder):
    token = os.environ["DOSSIERLENS_TOKEN"]
    columns = ["case_id", "coder", "variable", "value", "missing", "note", "submitted_at"]
    n = 0
    with open(os.path.join(folder, "codings.csv"), "w", newline="", encoding="utf-8") as out:
        table = csv.DictWriter(out, columns)
        table.writeheader()
        for row in codings(base, study, token):
            table.writerow({k: "" if row[k] is None else row[k] for k in columns})
            n += 1
    print(f"{n} codings")
    release = json.loads(get(base, f"/api/v1/releases/latest?study={study}", token))
    for file in release["files"]:
        content = get(base, file["href"], token)
        if hashlib.sha256(content).hexdigest() != file["sha256"]:
            raise SystemExit(f"{file['name']} is not the file that was released")
        with open(os.path.join(folder, os.path.basename(file["name"])), "wb") as out:
            out.write(content)
    print(f"release {release['id']}, {len(release['files'])} files")


if __name__ == "__main__":
    main(*sys.argv[1:])
