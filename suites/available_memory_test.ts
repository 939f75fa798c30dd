import { assert, assertEquals } from "@std/assert";
import { availableMemory } from "./available_memory.ts";

/** Reads from a table instead of the system. */
function files(table: Readonly<Record<string, string>>): (path: string) => Promise<string | null> {
  return (path) => Promise.resolve(table[path] ?? null);
}

const FREE = 8e9;
const MACHINE = "free memory of the machine";
const CONTAINER = "limit of the container";

Deno.test("availableMemory() is what the machine has left if nothing limits it", async () => {
  const unlimited = files({
    "/proc/self/cgroup": "0::/\n",
    "/sys/fs/cgroup/memory.max": "max\n",
    "/sys/fs/cgroup/memory.current": "1000\n",
  });
  assertEquals(await availableMemory(unlimited, FREE), { bytes: FREE, limit: MACHINE });
  assertEquals(await availableMemory(files({}), FREE), { bytes: FREE, limit: MACHINE });
});

Deno.test("availableMemory() knows limits of version 2, those of groups above too", async () => {
  const table = {
    "/proc/self/cgroup": "0::/user/job\n",
    "/sys/fs/cgroup/user/job/memory.max": "max\n",
    "/sys/fs/cgroup/user/memory.max": "3000000000\n",
    "/sys/fs/cgroup/user/memory.current": "1000000000\n",
  };
  assertEquals(await availableMemory(files(table), FREE), { bytes: 2e9, limit: CONTAINER });
  const roomy = { ...table, "/sys/fs/cgroup/user/memory.max": "90000000000\n" };
  assertEquals(await availableMemory(files(roomy), FREE), { bytes: FREE, limit: MACHINE });
});

Deno.test("availableMemory() knows limits of version 1, where the container may see its own at the root", async () => {
  const groups = "9:name=systemd:/\n4:memory:/docker/abc\n0::/\n";
  const limits = {
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "2000000000\n",
    "/sys/fs/cgroup/memory/memory.usage_in_bytes": "500000000\n",
  };
  const inside = files({ "/proc/self/cgroup": groups, ...limits });
  assertEquals(await availableMemory(inside, FREE), { bytes: 1.5e9, limit: CONTAINER });
  const none = files({
    "/proc/self/cgroup": groups,
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
  });
  assertEquals((await availableMemory(none, FREE)).limit, MACHINE);
});

Deno.test("availableMemory() is never less than nothing", async () => {
  const full = files({
    "/proc/self/cgroup": "0::/\n",
    "/sys/fs/cgroup/memory.max": "1000\n",
    "/sys/fs/cgroup/memory.current": "2000\n",
  });
  assertEquals((await availableMemory(full, FREE)).bytes, 0);
});

Deno.test("availableMemory() asks this machine", async () => {
  const { bytes } = await availableMemory();
  assert(bytes > 2 ** 27 && bytes <= Deno.systemMemoryInfo().total, `${bytes}`);
});
