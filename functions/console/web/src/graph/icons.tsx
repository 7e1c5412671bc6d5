// One small drawing per group of the catalogue, in the colour of the text.

const paths: Record<string, string> = {
  Trigger: "M9 1 3 9h4l-1 6 7-9H9z",
  Conversation: "M2 3h12v8H8l-3 3v-3H2z",
  Mail: "M2 4h12v9H2zM2 4l6 5 6-5",
  Ticket: "M2 5h12v2a1.5 1.5 0 0 0 0 3v2H2v-2a1.5 1.5 0 0 0 0-3z",
  Contact: "M8 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 8 8zM3 14c.5-3 2.500-4 5-4s4.500 1 5 4",
  AI: "M8 2l1.500 4.500L14 8l-4.500 1.500L8 14l-1.500-4.500L2 8l4.500-1.500z",
  Flow: "M8 2v4M8 6l-5 4v4M8 6l5 4v4",
  "Other systems": "M2 8h12M8 2c3 3 3 9 0 12M8 2c-3 3-3 9 0 12M8 2a6 6 0 1 0 0 12A6 6 0 1 0 8 2",
};

export const groupIcon = (group: string) => (
  <svg viewBox="0 0 16 16" width="16" height="16" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" strokeLinecap="round">
    <path d={paths[group] ?? "M4 4h8v8H4z"} />
  </svg>
);
