import { useMemo } from "react";
import { useCatalog } from "../api/resources";
import type { Kind } from "./model";

/** The kinds of steps by type, once the catalogue is there. */
export function useKinds(): Map<string, Kind> | undefined {
  const catalog = useCatalog();
  return useMemo(() => {
    const nodes = catalog.data?.nodes as Kind[] | undefined;
    return nodes && new Map(nodes.map((k) => [k.type, k]));
  }, [catalog.data]);
}
