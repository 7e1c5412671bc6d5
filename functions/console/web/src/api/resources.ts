import { useMutation, useQuery, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { notify, notifyError } from "../layout/notices";
import { call, get, post } from "./client";
import type { Approval, Catalog, Contact, ConversationWhole, DeskEvent, Group, Inbox, List, RunWhole, Settings, Summary, Template, Ticket, Version, Workflow } from "./types";

// Single things of /v1. The first member of every key is the path that it comes from, so
// that a change can name what is to be asked for again.

const one =
  <T>(path: (id: string) => string, options: { every?: (data: T | undefined) => number | false } = {}) =>
  (id: string | undefined) =>
    useQuery({
      queryKey: [path(id ?? "")],
      queryFn: ({ signal }) => get<T>(path(id!), undefined, signal),
      enabled: !!id,
      refetchInterval: options.every && (({ state }) => options.every!(state.data as T | undefined)),
    });

const open = (r: RunWhole | undefined) => r && ["running", "waiting", "paused"].includes(r.status);

export const useWorkflow = one<Workflow>((id) => `/workflows/${id}`);
export const useRun = one<RunWhole>((id) => `/runs/${id}`, { every: (r) => (open(r) ? (r!.status === "running" ? 1500 : 5000) : false) });
export const useEvent = one<DeskEvent>((id) => `/events/${id}`, { every: (e) => (e && !e.dispatched ? 2000 : false) });
export const useApproval = one<Approval>((id) => `/approvals/${id}`, { every: (a) => (a?.status === "pending" ? 10_000 : false) });
export const useConversation = one<ConversationWhole>((id) => `/conversations/${id}`, { every: () => 10_000 });
export const useTicket = one<Ticket>((id) => `/tickets/${id}`);
export const useContact = one<Contact>((id) => `/contacts/${id}`);

export const useVersion = (workflow: string | undefined, n: number | undefined) =>
  useQuery({
    queryKey: [`/workflows/${workflow}/versions/${n}`],
    queryFn: ({ signal }) => get<Version>(`/workflows/${workflow}/versions/${n}`, undefined, signal),
    enabled: !!workflow && !!n,
    staleTime: 60_000,
  });

/** The newest hundred versions of a workflow, for choosing one. */
export const useVersionNames = (workflow: string | undefined) =>
  useQuery({
    queryKey: [`/workflows/${workflow}/versions`, "names"],
    queryFn: ({ signal }) => get<List<Version>>(`/workflows/${workflow}/versions`, { limit: 100 }, signal),
    enabled: !!workflow,
  });

/** Lists that are short enough to be had whole. */
const whole =
  <T>(path: string, staleTime = 30_000) =>
  (enabled = true) =>
    useQuery({
      queryKey: [path, "whole"],
      staleTime,
      enabled,
      queryFn: async ({ signal }) => {
        const items: T[] = [];
        let cursor: string | null = "";
        do {
          const page: List<T> = await get<List<T>>(path, { limit: 100, cursor }, signal);
          items.push(...page.items);
          cursor = page.nextCursor;
        } while (cursor);
        return items;
      },
    });

export const useInboxes = whole<Inbox>("/inboxes");
export const useGroups = whole<Group>("/groups");
export const useTemplates = whole<Template>("/templates", Infinity);
export const useWorkflowNames = whole<Summary>("/workflows");

export const useSettings = () => useQuery({ queryKey: ["/settings"], queryFn: ({ signal }) => get<Settings>("/settings", undefined, signal) });
export const useCatalog = () => useQuery({ queryKey: ["/catalog"], queryFn: () => get<Catalog>("/catalog"), staleTime: Infinity });

/** A change: what it did is said, what it touched is asked for again. */
export function useChange<In, Out = unknown>(
  act: (input: In) => Promise<Out>,
  options: { touches: string[] | ((input: In) => string[]); said?: (out: Out, input: In) => string; done?: (out: Out, input: In) => void; quiet?: boolean },
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: (out, input) => {
      if (options.said) notify("success", options.said(out, input));
      options.done?.(out, input);
    },
    onError: (e) => {
      if (!options.quiet) notifyError(e);
    },
    onSettled: (_out, _e, input) => {
      const touched = typeof options.touches === "function" ? options.touches(input) : options.touches;
      return client.invalidateQueries({ predicate: ({ queryKey }) => touched.some((t) => under(queryKey, t)) });
    },
  });
}

const under = (key: QueryKey, path: string) => {
  const first = key[0];
  return typeof first === "string" && (first === path || first.startsWith(path + "/"));
};

/** A new key for one POST that must not have its effect twice. */
export const once = () => crypto.randomUUID();

export const postOnce = <T>(path: string, body: unknown, key: string) => post<T>(path, body, { idempotencyKey: key });
export { call };
