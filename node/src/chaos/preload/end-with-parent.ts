// Loaded into a process before its own code: it ends when whoever started it is gone, however that ended.

const CHECK_MS = 500;

const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
}, CHECK_MS).unref();
