import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useState } from "react";
import { get, type Query } from "../api/client";
import type { List } from "../api/types";

export interface Pages<T> {
  query: UseQueryResult<List<T>>;
  items: T[];
  page: number;
  /** Pages that are known: those that were read and the one after, if there is one. */
  known: number;
  more: boolean;
  go: (page: number) => void;
}

export interface Live {
  /** Asks again every so many milliseconds, on the first page and while the window is in view. */
  every?: number;
}

/** A list of /v1, page by page along its cursors. Other filters begin at the first page. */
export function usePages<T, L extends List<T> = List<T>>(path: string, filters: Query, limit = 25, live: Live = {}) {
  const key = JSON.stringify([path, filters]);
  const [place, setPlace] = useState<{ key: string; cursors: string[]; page: number }>({ key, cursors: [""], page: 1 });
  const at = place.key === key ? place : { key, cursors: [""], page: 1 };
  const cursor = at.cursors[at.page - 1] ?? "";
  const query = useQuery({
    queryKey: [path, filters, { limit, cursor }],
    queryFn: ({ signal }) => get<L>(path, { ...filters, limit, cursor }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: live.every && at.page === 1 ? live.every : false,
  });
  const next = query.data?.nextCursor;
  const cursors = next && !query.isPlaceholderData && at.cursors.length === at.page ? [...at.cursors, next] : at.cursors;
  return {
    query,
    items: query.data?.items ?? [],
    page: at.page,
    known: cursors.length,
    more: !!next && at.page >= cursors.length,
    go: (page: number) => setPlace({ key, cursors, page: Math.min(page, cursors.length) }),
  };
}
