import Autosuggest from "@cloudscape-design/components/autosuggest";
import { useEffect, useState } from "react";
import type { Group } from "../api/types";

/** An e-mail address, proposed from the members of the groups; said when it was chosen or
 *  the field is left. */
export default function PersonField({ value, groups, disabled, onChange }: { value: string; groups: Group[]; disabled?: boolean; onChange: (email: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const say = (email: string) => {
    const plain = email.trim().toLowerCase();
    setText(plain);
    if (plain !== value) onChange(plain);
  };
  const people = new Map<string, string[]>();
  for (const g of groups) for (const m of [...g.members, ...(g.manager ? [g.manager] : [])]) people.set(m, [...new Set([...(people.get(m) ?? []), g.name])]);
  return (
    <Autosuggest
      value={text}
      disabled={disabled}
      placeholder="Nobody"
      ariaLabel="Assignee"
      enteredTextLabel={(v) => `Use ${v}`}
      empty="Type an e-mail address"
      options={[...people].sort().map(([email, in_]) => ({ value: email, description: in_.join(", ") }))}
      onChange={({ detail }) => setText(detail.value)}
      onSelect={({ detail }) => say(detail.value)}
      onBlur={() => say(text)}
      expandToViewport
    />
  );
}
