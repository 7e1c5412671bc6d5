import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import TokenGroup from "@cloudscape-design/components/token-group";
import { useState } from "react";

/** Tags to take away and to add; says the whole new list. */
export default function TagField({ tags, disabled, onChange }: { tags: string[]; disabled?: boolean; onChange: (tags: string[]) => void }) {
  const [text, setText] = useState("");
  const add = () => {
    const tag = text.trim().toLowerCase();
    if (tag && !tags.includes(tag)) onChange([...tags, tag]);
    setText("");
  };
  return (
    <div className="tag-field">
      {!disabled && (
        <div className="tag-add">
          <Input
            value={text}
            ariaLabel="New tag"
            placeholder="Add a tag"
            onChange={({ detail }) => setText(detail.value.slice(0, 60))}
            onKeyDown={({ detail }) => {
              if (detail.key === "Enter") add();
            }}
          />
          <Button iconName="add-plus" ariaLabel="Add the tag" disabled={!text.trim()} onClick={add} />
        </div>
      )}
      {tags.length > 0 ? (
        <TokenGroup
          readOnly={disabled}
          items={tags.map((t) => ({ label: t, dismissLabel: `Remove the tag ${t}` }))}
          onDismiss={({ detail }) => onChange(tags.filter((_, i) => i !== detail.itemIndex))}
        />
      ) : (
        disabled && <span className="quiet">None</span>
      )}
    </div>
  );
}
