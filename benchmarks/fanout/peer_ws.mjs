// The relay of Node's `ws` for benchmarks/fanout.py: node peer_ws.mjs PORT, with the package's folder in WS_PATH.
import { createRequire } from "node:module";

const { WebSocketServer } = createRequire(`${process.env.WS_PATH}/`)("ws");
const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 4096, perMessageDeflate: false });

server.on("connection", (member, request) => {
  const members = rooms.get(request.url) ?? new Set();
  rooms.set(request.url, members.add(member));
  member._socket.setNoDelay(true);
  member.on("message", (data) => {
    for (const each of members) each.send(data, { binary: false });
  });
  member.on("close", () => members.delete(member));
});
server.on("listening", () => console.log("ready"));
