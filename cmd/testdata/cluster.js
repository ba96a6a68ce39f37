// A cluster whose workers are replaced one by one while it is under load: after every RESTART_EVERY hits one stops
// accepting, ends what it has begun and goes, and its successor has a name of its own. The primary counts, on its own
// account, hits and users of each worker, and prints them as JSON when its standard input ends.
const cluster = require("node:cluster");
const http = require("node:http");
const port = Number(process.argv[2]);
const every = Number(process.argv[3]);

if (cluster.isPrimary) {
  const slots = 3;
  const workers = {}; // name → {hits, users}
  const current = [];
  let hits = 0, replaced = 0, up = 0;
  const start = (slot, generation, then) => {
    const name = `w${slot}.${generation}`;
    workers[name] = { hits: 0, users: new Set() };
    const worker = cluster.fork({ WORKER: name, PORT: String(port) });
    worker.on("message", (m) => {
      workers[name].hits++;
      workers[name].users.add(m.uid);
      hits++;
      if (replaced < slots && hits >= every * (replaced + 1)) {
        const old = current[replaced];
        const next = replaced++;
        start(next, 1, () => old.send("leave"));
      }
    });
    worker.on("listening", () => { current[slot] = worker; then(); });
  };
  for (let slot = 0; slot < slots; slot++) start(slot, 0, () => { if (++up === slots) console.log("ready"); });
  process.stdin.resume();
  process.stdin.on("end", () => {
    const users = {};
    const report = { hits, replaced, workers: {} };
    for (const [name, w] of Object.entries(workers)) {
      report.workers[name] = { hits: w.hits, users: w.users.size };
      for (const u of w.users) users[u] = (users[u] || 0) + 1;
    }
    report.users = Object.keys(users).length;
    report.moved = Object.values(users).filter((n) => n > 1).length;
    console.log(JSON.stringify(report));
    process.exit(0);
  });
} else {
  const name = process.env.WORKER;
  const server = http.createServer((req, res) => {
    const uid = /(?:^|; )uid=([^;]*)/.exec(req.headers.cookie || "");
    process.send({ uid: uid ? uid[1] : "" });
    res.setHeader("X-Worker", name);
    res.end("ok\n");
  });
  server.keepAliveTimeout = 60000;
  server.listen(Number(process.env.PORT), "127.0.0.1");
  process.on("message", (m) => {
    if (m === "leave") server.close(() => setTimeout(() => process.disconnect(), 100));
  });
}
