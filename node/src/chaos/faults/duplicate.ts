import { APPLIED, type Injector } from "./injector.ts";

/** Most streams that are said again at a time. */
const MAX_STREAMS = 16;

/** Says again, twice at a time, what clients said, while they may still be saying it. */
export const duplicate: Injector<"duplicate"> = async ({ links }, { network }) => {
  const streams = links.flatMap((link) => {
    const proxy = network.proxy(link);
    return proxy.recorded.map((stream) => ({ proxy, stream }));
  });
  if (streams.length === 0) return { skipped: "nothing was said on those links yet" };
  const again = streams.slice(-MAX_STREAMS);
  await Promise.all([...again, ...again].map(({ proxy, stream }) => proxy.replay(stream)));
  return APPLIED;
};
