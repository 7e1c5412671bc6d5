import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import Autosuggest from "@cloudscape-design/components/autosuggest";
import TokenGroup from "@cloudscape-design/components/token-group";
import { useState } from "react";
import { title } from "../../parts/words";

// Small inputs out of which the forms are made.

export interface Suggestion {
  value: string;
  label?: string;
  description?: string;
}

/** One of a list; unset when it may be. */
export function Pick({ label, value, options, onChange, optional, disabled }: { label: string; value: string; options: Suggestion[]; onChange: (v: string | undefined) => void; optional?: boolean; disabled?: boolean }) {
  const all = [...(optional ? [{ value: "", label: "Not set" }] : []), ...options.map((o) => ({ ...o, label: o.label ?? title(o.value) }))];
  const now = all.find((o) => o.value === value) ?? (value ? { value, label: value } : null);
  return (
    <Select
      ariaLabel={label}
      disabled={disabled}
      options={all}
      selectedOption={now}
      placeholder="Choose"
      filteringType={all.length > 10 ? "auto" : "none"}
      expandToViewport
      onChange={({ detail }) => onChange(detail.selectedOption.value || undefined)}
    />
  );
}

/** A text for which there are suggestions; any other may be typed. */
export function Suggest({ label, value, options, onChange, placeholder, disabled }: { label: string; value: string; options: Suggestion[]; onChange: (v: string) => void; placeholder?: string; disabled?: boolean }) {
  return (
    <Autosuggest
      ariaLabel={label}
      disabled={disabled}
      value={value}
      placeholder={placeholder}
      options={options}
      enteredTextLabel={(text) => `Use “${text}”`}
      empty="Nothing to suggest"
      expandToViewport
      onChange={({ detail }) => onChange(detail.value)}
    />
  );
}

/** Several texts: typed with Enter or a comma, or chosen. */
export function Tokens({ label, value, onChange, options, placeholder, disabled }: { label: string; value: string[]; onChange: (v: string[]) => void; options?: Suggestion[]; placeholder?: string; disabled?: boolean }) {
  const [text, setText] = useState("");
  const add = (more: string) => {
    const parts = more.includes("{{") ? [more.trim()] : more.split(",").map((x) => x.trim());
    const next = [...new Set([...value, ...parts.filter(Boolean)])];
    if (next.length !== value.length) onChange(next);
    setText("");
  };
  return (
    <div className="stack-s">
      <div className="row">
        <div className="wide">
          {options && options.length > 0 ? (
            <Autosuggest
              ariaLabel={label}
              disabled={disabled}
              value={text}
              placeholder={placeholder ?? "Type or choose, then Enter"}
              options={options.filter((o) => !value.includes(o.value))}
              enteredTextLabel={(t) => `Add “${t}”`}
              expandToViewport
              onChange={({ detail }) => setText(detail.value)}
              onSelect={({ detail }) => add(detail.value)}
              onBlur={() => add(text)}
            />
          ) : (
            <Input
              ariaLabel={label}
              disabled={disabled}
              value={text}
              placeholder={placeholder ?? "Type, then Enter"}
              onChange={({ detail }) => setText(detail.value)}
              onKeyDown={({ detail }) => detail.key === "Enter" && add(text)}
              onBlur={() => text.trim() && add(text)}
            />
          )}
        </div>
        <Button iconName="add-plus" variant="icon" ariaLabel={`Add to ${label}`} disabled={disabled || !text.trim()} onClick={() => add(text)} />
      </div>
      {value.length > 0 && (
        <TokenGroup
          items={value.map((v) => ({ label: options?.find((o) => o.value === v)?.label ?? v, dismissLabel: `Take ${v} away`, disabled }))}
          onDismiss={({ detail }) => onChange(value.filter((_, i) => i !== detail.itemIndex))}
          limit={12}
        />
      )}
    </div>
  );
}

const units = [
  { value: "s", label: "seconds" },
  { value: "m", label: "minutes" },
  { value: "h", label: "hours" },
  { value: "d", label: "days" },
];

/** 30s, 15m, 24h, 7d. What is written otherwise stays as it is until it is changed. */
export function Duration({ label, value, onChange, optional, disabled, placeholder }: { label: string; value: string; onChange: (v: string | undefined) => void; optional?: boolean; disabled?: boolean; placeholder?: string }) {
  const m = /^(\d+)([smhd])$/.exec(value);
  const [unit, setUnit] = useState(m?.[2] ?? "h");
  if (value && !m) return <Input ariaLabel={label} disabled={disabled} value={value} onChange={({ detail }) => onChange(detail.value || undefined)} />;
  const now = m?.[2] ?? unit;
  return (
    <div className="row">
      <div className="narrow">
        <Input
          ariaLabel={label}
          disabled={disabled}
          type="number"
          inputMode="numeric"
          placeholder={placeholder}
          value={m?.[1] ?? ""}
          onChange={({ detail }) => onChange(/^\d+$/.test(detail.value) ? detail.value + now : optional ? undefined : detail.value ? value : "")}
        />
      </div>
      <div className="wide">
        <Pick
          label={`Unit of ${label}`}
          disabled={disabled}
          value={now}
          options={units}
          onChange={(u) => {
            if (!u) return;
            setUnit(u);
            if (m) onChange(m[1]! + u);
          }}
        />
      </div>
    </div>
  );
}
