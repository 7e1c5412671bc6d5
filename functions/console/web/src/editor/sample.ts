import { useQuery } from "@tanstack/react-query";
import { get } from "../api/client";
import type { ConversationWhole, DeskEvent, List } from "../api/types";

// A real event to look at templates and conditions with: what a run on it would see.

export const useRecentEvents = (type: string) =>
  useQuery({
    queryKey: ["/events", "samples", type],
    queryFn: ({ signal }) => get<List<DeskEvent>>("/events", { type, limit: 20 }, signal),
    enabled: !!type,
    staleTime: 15_000,
  });

/** The values of an event by path, as far as the desk still has them. */
export function useSample(event: DeskEvent | undefined) {
  const conversation = event?.subject.conversationId;
  const whole = useQuery({
    queryKey: [`/conversations/${conversation}`],
    queryFn: ({ signal }) => get<ConversationWhole>(`/conversations/${conversation}`, undefined, signal),
    enabled: !!conversation && !!event?.subject.messageId,
    staleTime: 60_000,
  });
  if (!event) return undefined;
  const m = whole.data?.messages.find((x) => x.id === event.subject.messageId);
  const message = m && { ...m, fromDomain: m.from.split("@").pop(), hasAttachments: m.attachments.length > 0, attachments: m.attachments.map((a) => a.name), inbox: event.snapshot?.conversation?.inbox };
  const { snapshot, id, type, time, actor, detail } = event;
  return { event: { id, type, time, actor }, detail, ...snapshot, message } as Record<string, unknown>;
}
