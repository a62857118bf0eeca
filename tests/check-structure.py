"""What a merge by structure made of the files of one hop, judged by others.

	python3 check-structure.py HOP STAGES REPORT REPOSITORY [REPLACEMENTS] \\
		>VERDICTS

HOP is a name for the output. STAGES is what `git ls-files -u` said when lines
were merged, REPORT what `git upgrade merge --json` said of the merge by
structure, whose files are in the work tree of REPOSITORY.

Nothing here knows how git-upgrade reads a file: YAML is PyYAML's, JSON is
Python's, and the rest is a few lines below. Each file is taken apart into what
it says, as a bag of (where, value) that forgets the place in lists. Then what
only one side changed has to be as that side has it, as often as it has it. So
a scalar that both changed differently can only be in conflict: else one of
both is missed. For lists, two entries have to stand in the order that the
sides have, or the one that changed it. A comment has to be there that a side
added, or that both kept.

A file with conflicts left is judged twice, with either side in their place;
what both lack is lost. What only one has, though only one side changed it,
was dragged into a conflict that it is no part of.

Each line of output is tab-separated:
	same	HOP PATH KIND		nothing was lost
	lost	HOP PATH WHAT		something was
	back	HOP PATH WHAT		a comment is there that a side removed
	order	HOP PATH WHAT		keys of a map changed places
	dragged	HOP PATH WHAT		in a conflict, and no conflict
	unread	HOP PATH WHY		could not be judged
	left	HOP PATH CLASS WHAT	a conflict that is left
"""

import collections
import json
import os
import re
import subprocess
import sys

try:
    import yaml
except ImportError:
    yaml = None

LOCKS = ("composer.lock", "dev.lock", "package-lock.json", "pnpm-lock.yaml",
         "yarn.lock", "uv.lock", "Gemfile.lock", "go.sum")
# More than this is too slow for a reader in Python.
SLOW = 200000


class Unread(Exception):
    pass


class Said:
    """What a text says: a bag of leaves, sequences, comments, and nodes."""

    def __init__(self):
        self.leaves = collections.Counter()
        self.lists = {}
        self.maps = {}
        self.comments = collections.Counter()
        self.nodes = {}


def kind_of(path):
    name = os.path.basename(path)
    for suffix in (".dist", ".template", ".example", ".sample"):
        if name.endswith(suffix):
            name = name[:-len(suffix)]
    if name.endswith((".yml", ".yaml")):
        return "yaml"
    if name.endswith(".json") or name in ("composer.lock", "dev.lock"):
        return "json"
    if name.startswith(".env") or name.endswith(".env"):
        return "dotenv"
    if re.match(r"\.[a-z]*ignore$", name) or name == ".gitattributes":
        return "ignore"
    return None


# A tree: ("map", [(key, tree)]), ("list", [tree]), ("leaf", value)

def tree_of_node(node):
    if isinstance(node, yaml.MappingNode):
        return ("map", [(key_of_node(k), tree_of_node(v))
                        for k, v in node.value])
    if isinstance(node, yaml.SequenceNode):
        return ("list", [tree_of_node(v) for v in node.value])
    return ("leaf", (node.tag, node.value))


def key_of_node(node):
    if isinstance(node, yaml.ScalarNode):
        return node.value
    return repr(tree_of_node(node))


def loader_for(text):
    """One that leaves *name what it is, as far as it is a file of people."""
    if len(text) > SLOW:
        return getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(yaml.SafeLoader):
        def compose_node(self, parent, index):
            if self.check_event(yaml.AliasEvent):
                return yaml.ScalarNode("alias", self.get_event().anchor)
            return super().compose_node(parent, index)

    return Loader


def read_yaml(text):
    if yaml is None:
        raise Unread("PyYAML is not installed")
    loader = loader_for(text)
    try:
        documents = [tree_of_node(d) for d in
                     yaml.compose_all(text, Loader=loader) if d is not None]
        spans = [(t.start_mark.index, t.end_mark.index)
                 for t in yaml.scan(text, Loader=loader)
                 if isinstance(t, yaml.ScalarToken)]
    except (yaml.YAMLError, RecursionError) as e:
        raise Unread("YAML: " + " ".join(str(e).split())[:90])
    return ("list", documents), yaml_comments(text, spans)


def yaml_comments(text, spans):
    within = bytearray(len(text) + 1)
    for start, end in spans:
        within[start:end] = b"\1" * (end - start)
    comments = collections.Counter()
    at = 0
    for line in text.splitlines(keepends=True):
        for m in re.finditer(r"(?:^|(?<=\s))#", line):
            if not within[at + m.start()]:
                comments[line[m.start():].strip()] += 1
                break
        at += len(line)
    return comments


def tree_of_json(value):
    if isinstance(value, Pairs):
        return ("map", [(k, tree_of_json(v)) for k, v in value.pairs])
    if isinstance(value, list):
        return ("list", [tree_of_json(v) for v in value])
    return ("leaf", (type(value).__name__, str(value)))


class Pairs:
    def __init__(self, pairs):
        self.pairs = pairs


def read_json(text):
    try:
        value = json.loads(text.lstrip("\ufeff"), object_pairs_hook=Pairs)
    except (ValueError, RecursionError) as e:
        raise Unread("JSON: " + str(e)[:90])
    return tree_of_json(value), collections.Counter()


def read_dotenv(text):
    pairs, comments = [], collections.Counter()
    for line in text.splitlines():
        m = re.match(r"\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*=(.*)", line)
        if m:
            pairs.append((m.group(1), ("leaf", ("str", m.group(2).strip()))))
        elif line.strip():
            comments[line.strip()] += 1
    return ("map", pairs), comments


def read_ignore(text):
    entries = [("leaf", ("str", line.rstrip())) for line in text.splitlines()
               if line.strip() and not line.startswith("#")]
    comments = collections.Counter(
        line.rstrip() for line in text.splitlines() if line.startswith("#"))
    return ("list", entries), comments


READERS = {"yaml": read_yaml, "json": read_json, "dotenv": read_dotenv,
           "ignore": read_ignore}


def take_apart(said, tree, path, names):
    shape, what = tree
    said.nodes.setdefault(names, tree)
    if shape == "leaf" or not what:
        said.leaves[(path, shape, what if shape == "leaf" else "")] += 1
    elif shape == "map":
        if path not in said.maps:
            said.maps[path] = [k for k, _ in what]
        for key, value in what:
            take_apart(said, value, path + (key,),
                       names + "." + key if names else key)
    else:
        if path not in said.lists:
            said.lists[path] = [repr(v) for v in what]
        for i, value in enumerate(what):
            take_apart(said, value, path + ("*",), "%s[%d]" % (names, i))


def read(kind, text):
    said = Said()
    if text is None:
        return said
    tree, said.comments = READERS[kind](text)
    if kind == "yaml" and len(tree[1]) == 1:
        tree = tree[1][0]
    take_apart(said, tree, (), "")
    return said


def shown(leaf):
    path, shape, value = leaf
    what = value[1] if shape == "leaf" else "an empty " + shape
    return "%s = %s" % (".".join(map(str, path)), " ".join(what.split()))[:110]


def allowed(b, o, t):
    """How often what was there so often may be there now."""
    if o == b:
        return (t, t)
    if t == b or o == t:
        return (o, o)
    many = (o, t, max(0, o + t - b))
    return (min(many), max(many))


def missed_leaves(b, o, t, r):
    for leaf in set(b.leaves) | set(o.leaves) | set(t.leaves) | set(r.leaves):
        low, high = allowed(b.leaves[leaf], o.leaves[leaf], t.leaves[leaf])
        if r.leaves[leaf] < low:
            yield "lacks " + shown(leaf)
        elif r.leaves[leaf] > high:
            yield "still has " + shown(leaf)


def missed_comments(b, o, t, r):
    for c in set(b.comments) | set(o.comments) | set(t.comments):
        if r.comments[c]:
            continue
        kept = o.comments[c] and t.comments[c]
        added = not b.comments[c] and (o.comments[c] or t.comments[c])
        if kept or added:
            yield "lacks comment " + c[:100]


def comments_back(b, o, t, r):
    for c in r.comments:
        if r.comments[c] > max(o.comments[c], t.comments[c]):
            yield "%d times, not %d: %s" % (
                r.comments[c], max(o.comments[c], t.comments[c]), c[:100])
        elif b.comments[c] and not (o.comments[c] and t.comments[c]):
            yield c[:100]


def places(sequence):
    count = collections.Counter(sequence)
    return {x: i for i, x in enumerate(sequence) if count[x] == 1}


def first(at, x, y):
    """Does x come first? None where one is not there, or several times."""
    if x not in at or y not in at:
        return None
    return at[x] < at[y]


def pairs(at, nr=300):
    unique = sorted(at, key=at.get)[:nr]
    return ((x, y) for i, x in enumerate(unique) for y in unique[i + 1:])


def wanted(base, ours, theirs, is_reordered):
    """Should it come first? None where the sides do not say."""
    if ours is None or theirs is None:
        # Where the other side has moved things, its places count.
        return None if is_reordered else (theirs if ours is None else ours)
    if ours == theirs or base is None:
        return ours if ours == theirs else None
    return theirs if ours == base else ours


def misplaced(b, o, t, r, which):
    for path, result in getattr(r, which).items():
        base, ours, theirs = (places(getattr(s, which).get(path, []))
                              for s in (b, o, t))
        is_reordered = any(first(theirs, x, y) is False
                           for x, y in pairs(ours))
        for x, y in pairs(places(result)):
            if wanted(first(base, x, y), first(ours, x, y),
                      first(theirs, x, y), is_reordered) is False:
                yield "%s: %s before %s" % (".".join(map(str, path)),
                                            x[-40:], y[-40:])


def lost(b, o, t, r, kind):
    missed = list(missed_leaves(b, o, t, r)) + list(missed_comments(b, o, t, r))
    if kind != "ignore":
        missed += misplaced(b, o, t, r, "lists")
    return missed


def sides_of(text):
    """A text with conflicts, with either side in their place."""
    ours, theirs, state = [], [], None
    for line in text.splitlines(keepends=True):
        if line.startswith("<<<<<<< "):
            state = "ours"
        elif state and line.startswith("||||||| "):
            state = "base"
        elif state and line.rstrip() == "=======":
            state = "theirs"
        elif state and line.startswith(">>>>>>> "):
            state = None
        else:
            if state in (None, "ours"):
                ours.append(line)
            if state in (None, "theirs"):
                theirs.append(line)
    return "".join(ours), "".join(theirs)


class Hop:
    def __init__(self, name, stages, report, repository, replacements=None):
        self.name = name
        self.replacements = []
        if replacements:
            with open(replacements, encoding="utf-8") as f:
                self.replacements = [line.rstrip("\n").split("\t")
                                     for line in f]
        self.repository = repository
        self.stages = collections.defaultdict(dict)
        with open(stages, encoding="utf-8", errors="surrogateescape") as f:
            for line in f:
                about, path = line.rstrip("\n").split("\t", 1)
                mode, blob, stage = about.split()
                self.stages[path][int(stage)] = blob
        with open(report, encoding="utf-8") as f:
            try:
                told = json.load(f)
            except ValueError:
                told = {}
        self.structured = {s["path"]: s for s in told.get("structured", [])}
        self.release = told.get("from")
        self.copies = {c["new_path"]: c for c in told.get("copies", [])}
        self.conflicts = self.git("diff", "--name-only", "--diff-filter=U")
        self.conflicts = set(self.conflicts.splitlines())

    def git(self, *args):
        return subprocess.run(
            ["git", "-C", self.repository, "-c", "core.quotePath=false"] +
            list(args), check=True, stdout=subprocess.PIPE
        ).stdout.decode("utf-8", "surrogateescape")

    def say(self, *words):
        print("\t".join([words[0], self.name] + [
            " ".join(str(w).split()) for w in words[1:]]).encode(
                "utf-8", "replace").decode())

    def version(self, path, stage):
        blob = self.stages[path].get(stage)
        if blob is None:
            return None
        return self.replaced(path, self.git("cat-file", "blob", blob))

    def replaced(self, path, text):
        """Each FROM that is no part of TO is TO."""
        for file, old, new in self.replacements:
            if file == path:
                text = new.join(part.replace(old, new)
                                for part in text.split(new))
        return text

    def result(self, path):
        with open(os.path.join(self.repository, path), encoding="utf-8",
                  errors="surrogateescape", newline="") as f:
            return f.read()

    def judge(self, path):
        kind = kind_of(path)
        if kind is None:
            self.say("unread", path, "kind")
            return
        texts = [self.version(path, s) for s in (1, 2, 3)]
        text = self.result(path)
        left = path in self.conflicts
        try:
            b, o, t = (read(kind, x) for x in texts)
            results = [read(kind, x) for x in
                       (sides_of(text) if left else (text,))]
        except Unread as e:
            self.say("unread", path, e)
            return
        missed = [lost(b, o, t, r, kind) for r in results]
        for what in missed[0]:
            if not left:
                self.say("lost", path, what)
            elif what in missed[1]:
                self.say("lost", path, "in conflict, " + what)
        if left:
            # Each side's own reading of the conflict misses the other's.
            for what in conflict_drag(b, o, t, results,
                                      self.structured.get(path)):
                self.say("dragged", path, what)
        else:
            for what in comments_back(b, o, t, results[0]):
                self.say("back", path, what)
            for what in misplaced(b, o, t, results[0], "maps"):
                self.say("order", path, what)
        if not missed[0] or (left and not set(missed[0]) & set(missed[1])):
            self.say("same", path, kind)

    def classify(self, path):
        """A conflict that is left, and how many hunks of it are what."""
        stages = self.stages.get(path, {})
        name = os.path.basename(path)
        text = self.result(path) if os.path.exists(
            os.path.join(self.repository, path)) else ""
        hunks = len(re.findall(r"^<<<<<<< ", text, re.M)) or 1
        told = self.structured.get(path)
        if name in LOCKS:
            why = [("lock file", name)] * hunks
        elif 2 not in stages:
            why = [("removed by us, changed by them", name)]
        elif 3 not in stages:
            why = [("changed by us, removed by them", name)]
        elif told and told["outcome"] == "smaller":
            why = [self.classify_key(path, c) for c in told["conflicts"]]
        elif told:
            why = [("structure no help", told["reason"])] * hunks
        elif path in self.copies:
            why = self.classify_copy(path, self.copies[path], hunks)
        elif kind_of(path) is None:
            kind = os.path.splitext(name)[1] or name
            why = [("kind not known", kind)] * hunks
        else:
            why = [("not tried", name)] * hunks
        for reason, what in why:
            self.say("left", path, reason, what)

    def classify_copy(self, path, copy, hunks):
        """One of a template: whose base may be another release's."""
        if copy["base_release"] != self.release:
            what = "base %s, not %s" % (copy["base_release"], self.release)
            return [("a copy, with another template for its base",
                     what)] * hunks
        if not copy["conflicting"]:
            return [("a copy, by lines", path)] * hunks
        return [self.classify_key(path, c) for c in copy["conflicting"]]

    def classify_key(self, path, conflict):
        kind = kind_of(path)
        key = conflict["path"]
        try:
            nodes = [read(kind, self.version(path, s)).nodes
                     for s in (1, 2, 3)]
        except (Unread, KeyError):
            return ("by key, of a file that others do not read", key)
        b, o, t = (n.get(key) for n in nodes)
        if o is None and t is None:
            return ("by key, of other kinds", key)
        if b is None:
            return ("both added it", key)
        if o is None:
            return ("removed by us, changed by them (a key)", key)
        if t is None:
            return ("changed by us, removed by them (a key)", key)
        shapes = {b[0], o[0], t[0]}
        if shapes == {"leaf"}:
            if (o == t or b == o or b == t) and key.endswith("]"):
                return ("both changed neighbours in a list", key)
            if o == t or b == o or b == t:
                return ("only one changed the value", key)
            values = [x[1][1].rpartition(":") for x in (b, o, t)]
            if (values[0][0] == values[2][0] and
                    values[0][2] == values[1][2]):
                return ("an image: we changed its name, they its tag", key)
            return ("both changed one scalar", "%s: %s, %s, %s" % (
                key, b[1][1][:50], o[1][1][:50], t[1][1][:50]))
        if shapes == {"list"}:
            return ("a list", key)
        if shapes == {"map"}:
            return ("a map", key)
        return ("its type changed", key)


def conflict_drag(b, o, t, results, told):
    """Leaves only one side changed that are in one reading alone."""
    if not told:
        return
    about = [re.sub(r"\[\d+\]", ".*", c["path"]).lstrip(".")
             for c in told["conflicts"]]
    # What one side removed as a whole is in there with all it holds.
    gone = [a for a, c in zip(about, told["conflicts"])
            if c["ours"] is None or c["theirs"] is None]
    for leaf in set(b.leaves) | set(o.leaves) | set(t.leaves):
        versions = (b.leaves[leaf], o.leaves[leaf], t.leaves[leaf])
        if versions[0] not in versions[1:] or versions[1] == versions[2]:
            continue
        names = ".".join(map(str, leaf[0]))
        if names in about or any(names.startswith(g + ".") for g in gone):
            continue
        want = allowed(*versions)[0]
        if (results[0].leaves[leaf] == want) != (
                results[1].leaves[leaf] == want):
            yield shown(leaf)


def main():
    hop = Hop(*sys.argv[1:6])
    for path in sorted(hop.conflicts):
        hop.classify(path)
    for path in sorted(set(hop.stages) | set(hop.structured)):
        told = hop.structured.get(path)
        if (told and told["outcome"] != "lines") or (
                path not in hop.conflicts and
                os.path.exists(os.path.join(hop.repository, path))):
            hop.judge(path)


main()
