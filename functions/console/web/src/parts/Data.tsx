import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Button from "@cloudscape-design/components/button";
import { useMemo, useState } from "react";
import { bytes } from "./words";

const first = 12_000;

/** Data as JSON, to read and to copy; long data is cut until asked for. */
export default function Data({ value, label }: { value: unknown; label: string }) {
  const text = useMemo(() => (typeof value === "string" ? value : (JSON.stringify(value, null, 2) ?? "nothing")), [value]);
  const [all, setAll] = useState(false);
  const cut = !all && text.length > first;
  return (
    <div className="data">
      <div className="data-copy">
        <CopyToClipboard variant="icon" textToCopy={text} copyButtonAriaLabel={"Copy " + label} copySuccessText="Copied" copyErrorText="The browser did not copy it" />
      </div>
      <pre tabIndex={0} role="region" aria-label={label}>
        {cut ? text.slice(0, first) + "…" : text}
      </pre>
      {cut && (
        <Box padding={{ top: "xxs" }}>
          <Button variant="inline-link" onClick={() => setAll(true)}>
            Show all {bytes(text.length)}
          </Button>
        </Box>
      )}
    </div>
  );
}
