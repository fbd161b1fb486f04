"""A stand-in for Ollama: its documented API, real files, real memory in a process per loaded model.

    python3 server.py FILE          FILE: {"directory", "vram", "scale", "models": {...}, "library": {...}}

Prints its port, serves until standard input ends. A loaded model is a process of its own that holds `scale` bytes of memory
for every byte the model claims, every page written. Its GGUF files are sparse but as long as they claim. What can go wrong is
switched on with POST /fake (an object, merged):

    stuck       {model: n}     ignores n requests to unload (-1: all); meanwhile the model is listed as expired
    linger      {model: true}  leaves the list, its process stays
    split       {model: share} so much of it lands on the processor, although it would fit
    load_seconds n             loading takes so long
    pull_dies   true           the connection breaks in the middle of a pull; "quietly": the answer just ends there
    garble      path           answers something that is no JSON
    hang        path           never answers
    answer      text           what chat and generate say;  tool_call {name, arguments}: chat calls a tool when it is offered any
"""

import datetime, hashlib, json, mmap, os, re, socket, struct, subprocess, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOCK, LOADING = threading.RLock(), threading.Lock()
SWITCHES = {}
LOG, LINGERING = [], []
MODELS, LIBRARY, LOADED, PULLED = {}, {}, {}, {}
CONFIG = {}
ACCEPTED = [0]
FOREVER = 10.0 * 365 * 86400


def runner(arguments):
    """Holds memory until its standard input ends."""
    count = int(arguments[arguments.index("--bytes") + 1])
    held = mmap.mmap(-1, max(count, mmap.PAGESIZE))
    chunk = b"\1" * (1 << 20)
    while (left := len(held) - held.tell()) > 0:
        held.write(chunk[:left])
    print("ready", flush=True)
    sys.stdin.read()


def gguf(model):
    """A header of version 3 with the model's numbers and tensors."""
    def text(value):
        data = value.encode()
        return struct.pack("<Q", len(data)) + data

    def entry(key, value):
        if isinstance(value, str):
            return text(key) + struct.pack("<I", 8) + text(value)
        if isinstance(value, list) and value and isinstance(value[0], str):
            return text(key) + struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
        if isinstance(value, list):
            return text(key) + struct.pack("<IIQ", 9, 5, len(value)) + b"".join(struct.pack("<i", one) for one in value)
        if isinstance(value, float):
            return text(key) + struct.pack("<If", 6, value)
        return text(key) + struct.pack("<II", 4, value)

    info, tensors = header(model), layers(model)
    body = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(info))
    body += b"".join(entry(key, value) for key, value in info.items())
    for at, tensor in enumerate(tensors):
        body += text(tensor["name"]) + struct.pack("<I", len(tensor["shape"]))
        body += b"".join(struct.pack("<Q", size) for size in tensor["shape"]) + struct.pack("<IQ", 12, at * 32)
    return body


def header(model):
    family = model.get("architecture", "llama")
    numbers = {"block_count": model["layers"], "context_length": model["context"], "embedding_length": model["embedding"],
               "attention.head_count": model["heads"], "attention.head_count_kv": model["kv_heads"],
               "attention.layer_norm_rms_epsilon": 1e-5}
    info = {"general.architecture": family, "general.file_type": 15}
    info.update({f"{family}.{key}": value for key, value in numbers.items()})
    info["tokenizer.ggml.tokens"] = ["<s>", "</s>", "Hello"]
    return info


def layers(model):
    """One Q4_K tensor per layer: 144 bytes for 256 numbers; together what the model weighs."""
    rows = model["weights"] // (144 * model["layers"])
    return [{"name": f"blk.{at}.weight", "type": "Q4_K", "shape": [256, rows]} for at in range(model["layers"])]


def install(name, model):
    data = gguf(model)
    digest = hashlib.sha256(data + name.encode()).hexdigest()
    path = os.path.join(CONFIG["directory"], "blobs", "sha256-" + digest)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
        file.truncate(len(data) + model["weights"])
    MODELS[name] = dict(model, digest=digest, path=path, size=len(data) + model["weights"])


def full(name):
    return name if ":" in name.rsplit("/", 1)[-1] else name + ":latest"


def stamp(seconds=None):
    moment = datetime.datetime.fromtimestamp(time.time() if seconds is None else seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


def seconds(keep_alive):
    if keep_alive is None:
        return 300.0
    if isinstance(keep_alive, str):
        found = re.fullmatch(r"(-?[0-9.]+)(ms|s|m|h)", keep_alive)
        if not found:
            raise ValueError(f'time: invalid duration "{keep_alive}"')
        keep_alive = float(found[1]) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[found[2]]
    return FOREVER if keep_alive < 0 else float(keep_alive)


def details(model):
    return {"parent_model": "", "format": "gguf", "family": model.get("architecture", "llama"), "families": [model.get("architecture", "llama")],
            "parameter_size": model.get("parameters", "8.0B"), "quantization_level": "Q4_K_M"}


def cache(model, context):
    heads = model["kv_heads"]
    heads = sum(heads) if isinstance(heads, list) else heads * model["layers"]
    most = max(model["heads"]) if isinstance(model["heads"], list) else model["heads"]
    return 2 * heads * (model["embedding"] // most) * min(context, model["context"]) * 2


def load(name, context, keep_alive):
    """Loads where it is not, as the scheduler does: who is idle leaves, and what then still does not fit goes to the processor."""
    with LOADING:
        with LOCK:
            here = LOADED.get(name)
            if here and (context is None or here["context"] == context):
                here["expires"] = time.time() + seconds(keep_alive)
                return here
            if here:
                drop(name)
            model = MODELS[name]
            context = context or 4096
            size = model["weights"] + cache(model, context)
            for other in sorted(LOADED, key=lambda one: LOADED[one]["expires"]):
                if vram_free() < size and not LOADED[other]["busy"]:
                    drop(other)
            vram = min(size, vram_free()) - int(size * SWITCHES.get("split", {}).get(name, 0))
        time.sleep(SWITCHES.get("load_seconds", 0))
        arguments = ["runner", "--model", model["path"], "--bytes", str(int(size * CONFIG["scale"])), "--port", "0"]
        process = subprocess.Popen([sys.executable, os.path.abspath(__file__)] + arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        process.stdout.readline()
        here = {"process": process, "size": size, "vram": max(vram, 0), "context": context, "busy": 0,
                "expires": time.time() + seconds(keep_alive), "stuck": None}
        with LOCK:
            LOADED[name] = here
        return here


def vram_free():
    return CONFIG["vram"] - sum(one["vram"] for one in LOADED.values())


def release(name):
    with LOCK:
        here = LOADED.get(name)
        if not here:
            return
        here["expires"] = time.time() - 1
        left = SWITCHES.get("stuck", {}).get(name, 0)
        if left:
            SWITCHES["stuck"][name] = left - 1 if left > 0 else left
            here["stuck"] = True
            return
        here["stuck"] = None
        if not here["busy"]:
            drop(name)


def drop(name):
    here = LOADED.pop(name)
    if SWITCHES.get("linger", {}).get(name):
        LINGERING.append(here)
        return
    here["process"].stdin.close()
    here["process"].wait()


def watch():
    """Expired models leave; a model whose process was ended is no longer there."""
    while True:
        time.sleep(0.02)
        with LOCK:
            for name in list(LOADED):
                here = LOADED[name]
                if here["process"].poll() is not None:
                    del LOADED[name]
                elif here["expires"] < time.time() and not here["busy"] and not here["stuck"]:
                    release(name)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(None)

    do_HEAD = do_GET

    def do_POST(self):
        try:
            self.answer(json.loads(self.body() or b"{}"))
        except json.JSONDecodeError as error:
            self.send(400, {"error": str(error)})

    def body(self):
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        data = b""
        while size := int(self.rfile.readline(), 16):
            data += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return data

    def answer(self, asked):
        path = self.path.split("?")[0]
        if path == "/fake":
            with LOCK:
                ACCEPTED[0] -= 1
                SWITCHES.update(asked or {})
                return self.send(200, {"log": LOG, "switches": SWITCHES, "accepted": ACCEPTED[0]})
        LOG.append({"path": path, "asked": asked})
        if SWITCHES.get("hang") == path:
            threading.Event().wait()
        if SWITCHES.get("garble") == path:
            return self.raw(200, b"<html>this is no JSON</html>", "text/html")
        if path == "/":
            return self.raw(200, b"Ollama is running", "text/plain")
        act = ROUTES.get((self.command.replace("HEAD", "GET"), path))
        if not act:
            return self.raw(404, b"404 page not found", "text/plain")
        if asked is None:
            return act(self, None)
        name = asked.get("model") or asked.get("name") or ""
        if not name:
            return self.send(400, {"error": "model is required"})
        asked["model"] = full(name)
        if path != "/api/pull" and asked["model"] not in MODELS:
            return self.send(404, {"error": f"model '{name}' not found"})
        try:
            act(self, asked)
        except ValueError as error:
            self.send(400, {"error": str(error)})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def raw(self, status, data, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def send(self, status, value):
        self.raw(status, json.dumps(value).encode(), "application/json; charset=utf-8")

    def stream(self, values):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for value in values:
            if value is None:
                self.connection.shutdown(socket.SHUT_RDWR)
                raise BrokenPipeError
            line = json.dumps(value).encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def version(self, _):
        self.send(200, {"version": "0.12.6"})

    def tags(self, _):
        models = [{"name": name, "model": name, "modified_at": stamp(0), "size": model["size"], "digest": model["digest"],
                   "details": details(model)} for name, model in MODELS.items()]
        self.send(200, {"models": models})

    def ps(self, _):
        with LOCK:
            models = [{"name": name, "model": name, "size": here["size"], "digest": MODELS[name]["digest"], "details": details(MODELS[name]),
                       "expires_at": stamp(here["expires"]), "size_vram": here["vram"], "context_length": here["context"]}
                      for name, here in LOADED.items()]
        self.send(200, {"models": models})

    def show(self, asked):
        model, whole = MODELS[asked["model"]], asked.get("verbose")
        info = {key: None if isinstance(value, list) and not whole else value for key, value in header(model).items()}
        shown = {"modelfile": f'# Modelfile generated by "ollama show"\n# FROM {asked["model"]}\n\nFROM {model["path"]}\nTEMPLATE """{{{{ .Prompt }}}}"""\n',
                 "parameters": model.get("shown_parameters", "stop                           \"</s>\""), "template": "{{ .Prompt }}",
                 "details": details(model), "model_info": info, "capabilities": model.get("capabilities", ["completion", "tools"]),
                 "modified_at": stamp(0)}
        if whole:
            shown["tensors"] = layers(model)
        self.send(200, shown)

    def pull(self, asked):
        name = asked["model"]
        steps = pulling(name)
        if asked.get("stream", True):
            return self.stream(steps)
        last = list(steps)[-1] or {}
        self.send(500 if "error" in last else 200, last)

    def generate(self, asked):
        prompt, keep_alive = asked.get("prompt") or "", asked.get("keep_alive")
        if not prompt:
            return self.moved(asked, {"response": ""})
        if "embedding" in MODELS[asked["model"]].get("capabilities", []):
            raise ValueError(f'"{asked["model"]}" does not support generate')
        self.talk(asked, keep_alive, prompt, lambda text: {"response": text}, {"context": [1, 2, 3]})

    def chat(self, asked):
        messages = asked.get("messages") or []
        if not messages:
            return self.moved(asked, {"message": {"role": "assistant", "content": ""}})
        call = SWITCHES.get("tool_call") if asked.get("tools") else None
        if call:
            part = {"message": {"role": "assistant", "content": "", "tool_calls": [{"function": call}]}}
            return self.talk(asked, asked.get("keep_alive"), "", lambda text: part if text else {"message": {"role": "assistant", "content": ""}}, {}, "call")
        prompt = " ".join(str(one.get("content") or "") for one in messages)
        self.talk(asked, asked.get("keep_alive"), prompt, lambda text: {"message": {"role": "assistant", "content": text}}, {})

    def moved(self, asked, part):
        """No prompt: the model is loaded, or with keep_alive 0 unloaded."""
        if asked.get("keep_alive") is not None and seconds(asked["keep_alive"]) == 0:
            release(asked["model"])
            reason = "unload"
        else:
            load(asked["model"], (asked.get("options") or {}).get("num_ctx"), asked.get("keep_alive"))
            reason = "load"
        self.send(200, {"model": asked["model"], "created_at": stamp(), **part, "done": True, "done_reason": reason})

    def talk(self, asked, keep_alive, prompt, part, last, text=None):
        begun, options = time.monotonic_ns(), asked.get("options") or {}
        here = load(asked["model"], options.get("num_ctx"), keep_alive)
        loaded = time.monotonic_ns() - begun
        here["busy"] += 1
        try:
            text = text or SWITCHES.get("answer") or ('{"answer": 42}' if asked.get("format") else f"Hello from {asked['model']}.")
            words = re.findall(r"\S+\s*", text) if text != "call" else ["call"]
            reason = "length" if 0 < options.get("num_predict", -1) < len(words) else "stop"
            words = words[:options["num_predict"]] if reason == "length" else words
            base = {"model": asked["model"], "created_at": stamp()}
            end = {**base, **part(""), "done": True, "done_reason": reason, **last, "total_duration": time.monotonic_ns() - begun + 1,
                   "load_duration": loaded, "prompt_eval_count": len(prompt.split()), "prompt_eval_duration": 1000,
                   "eval_count": len(words), "eval_duration": 1000}
            if asked.get("stream", True):
                return self.stream([{**base, **part(word), "done": False} for word in words] + [end])
            self.send(200, {**end, **part("".join(words))})
        finally:
            with LOCK:
                here["busy"] -= 1
                here["expires"] = time.time() + seconds(keep_alive)

    def embed(self, asked):
        inputs = asked.get("input", asked.get("prompt", []))
        inputs = [inputs] if isinstance(inputs, str) else inputs
        load(asked["model"], None, asked.get("keep_alive"))
        vectors = [[byte / 255 for byte in hashlib.sha256(text.encode()).digest()[:8]] for text in inputs]
        if self.path == "/api/embeddings":
            return self.send(200, {"embedding": vectors[0] if vectors else []})
        self.send(200, {"model": asked["model"], "embeddings": vectors, "total_duration": 1000, "load_duration": 100,
                        "prompt_eval_count": sum(len(text.split()) for text in inputs)})


def pulling(name):
    yield {"status": "pulling manifest"}
    if name not in LIBRARY and name not in MODELS:
        yield {"error": "pull model manifest: file does not exist"}
        return
    model = LIBRARY.get(name) or MODELS[name]
    digest, total = hashlib.sha256(name.encode()).hexdigest(), model["weights"]
    for step in range(PULLED.get(name, 0), 11):
        PULLED[name] = step
        yield {"status": "pulling " + digest[:12], "digest": "sha256:" + digest, "total": total, "completed": total * step // 10}
        if step == 5 and SWITCHES.get("pull_dies") == "quietly":
            return
        if step == 5 and SWITCHES.get("pull_dies"):
            yield None
    for status in ["verifying sha256 digest", "writing manifest"]:
        yield {"status": status}
    install(name, model)
    yield {"status": "success"}


ROUTES = {("GET", "/api/version"): Handler.version, ("GET", "/api/tags"): Handler.tags, ("GET", "/api/ps"): Handler.ps,
          ("POST", "/api/show"): Handler.show, ("POST", "/api/pull"): Handler.pull, ("POST", "/api/generate"): Handler.generate,
          ("POST", "/api/chat"): Handler.chat, ("POST", "/api/embed"): Handler.embed, ("POST", "/api/embeddings"): Handler.embed}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def get_request(self):
        accepted = super().get_request()
        with LOCK:
            ACCEPTED[0] += 1
        return accepted


def main():
    if sys.argv[1] == "runner":
        return runner(sys.argv)
    with open(sys.argv[1]) as file:
        CONFIG.update(json.load(file))
    LIBRARY.update(CONFIG.get("library", {}))
    for name, model in CONFIG["models"].items():
        install(full(name), model)
    server = Server(("127.0.0.1", CONFIG.get("port", 0)), Handler)
    threading.Thread(target=watch, daemon=True).start()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    with LOCK:
        for here in [*LOADED.values(), *LINGERING]:
            here["process"].kill()
            here["process"].wait()
        os._exit(0)


main()
