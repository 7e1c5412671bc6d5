import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import Box from "@cloudscape-design/components/box";
import { useMutation } from "@tanstack/react-query";
import { Problem } from "../api/problem";
import type { Node } from "../api/types";
import { words } from "../layout/notices";
import Data from "../parts/Data";
import { title } from "../parts/words";
import { useEditor, type TestStep } from "./context";
import { Pick } from "./fields/basics";
import { Json } from "./fields/lists";
import { alone, blockedBy } from "./slice";

/** What a step did in a test, the step tried alone, and the result that it is to have. */
export default function Trial({ node: n }: { node: Node }) {
  const { definition: d, kinds, test, trial, sample, mocks, setMock } = useEditor();
  const kind = kinds.get(n.type);
  const slice = alone(d, n.id, mocks, kinds);
  const asked = JSON.stringify([slice, sample?.key]);
  const attempt = useMutation({ mutationFn: async () => ({ of: asked, report: await trial(slice!) }) });
  const single = attempt.data?.of === asked ? attempt.data.report : undefined;
  const ran = single ? single.path.find((s) => s.node === n.id) : test?.path.filter((s) => s.node === n.id).at(-1);
  const why = attempt.error ? (attempt.error instanceof Problem && attempt.error.problems.length ? blockedBy(d, attempt.error.problems, n.id, kinds) : words(attempt.error)) : undefined;
  const asks = n.type === "approval" || n.type === "wait";
  const given = mocks[n.id];
  const output = (given as { output?: string } | undefined)?.output ?? "";
  return (
    <div className="stack" style={{ paddingBlockStart: 12 }}>
      <div className="row">
        <Button iconName="caret-right-filled" loading={attempt.isPending} disabled={!slice || !sample} disabledReason={slice ? "There is no event to try it on" : "Nothing leads to this step yet"} onClick={() => attempt.mutate()}>
          Test this step
        </Button>
        <span className="quiet">on the sample event; nothing is really done.</span>
      </div>
      {why && <StatusIndicator type="error">{why}</StatusIndicator>}
      {ran ? <Ran step={ran} onKeep={kind?.canError && ran.result !== undefined && !ran.error ? () => setMock(n.id, ran.result) : undefined} /> : single ? <Box color="text-body-secondary">The test did not come to this step: {single.reason ?? "the sample event does not start a run"}.</Box> : test && !why && <Box color="text-body-secondary">The last test did not come to this step.</Box>}
      {(kind?.canError || asks) && (
        <>
          {asks && (
            <FormField label="In tests it goes on by" stretch>
              <Pick label="In tests it goes on by" optional value={output} options={(kind?.outputs ?? []).map((value) => ({ value }))} onChange={(o) => setMock(n.id, o && { ...(given as object), output: o })} />
            </FormField>
          )}
          <div className="stack-s">
            <div>
              <div className="block-label">Result in tests</div>
              <div className="block-help">{asks ? "What later steps see of it, as {\"text\": \"…\"} beside the way it goes on by." : "What later steps see of it. Without one it is made up. {\"error\": {\"code\": \"…\"}} makes it fail."} It is kept while this page is open.</div>
            </div>
            <Json param={{ name: "mock", title: "Result in tests", kind: "json", required: false }} node={n.id} value={given} onChange={(v) => setMock(n.id, v)} />
            {given !== undefined && (
              <div className="row">
                <Button variant="inline-link" onClick={() => setMock(n.id, undefined)}>
                  Make it up again
                </Button>
              </div>
            )}
          </div>
        </>
      )}
    </div>
  );
}

function Ran({ step: s, onKeep }: { step: TestStep; onKeep?: () => void }) {
  return (
    <>
      <StatusIndicator type={s.status === "failed" || s.error ? "error" : "success"}>{s.error ? `Failed: ${s.error.message ?? s.error.code}` : s.output && s.output !== "next" ? `Goes on by ${title(s.output)}` : "Succeeded"}</StatusIndicator>
      {s.simulated === "standin" && <Box color="text-body-secondary">The result is made up.</Box>}
      {s.simulated === "given" && <Box color="text-body-secondary">The result is the one given below.</Box>}
      {s.params !== undefined && (
        <div>
          <h3>With these settings</h3>
          <Data value={s.params} label="the resolved settings" />
        </div>
      )}
      {s.result !== undefined && (
        <div>
          <h3>Result</h3>
          <Data value={s.result} label="the result" />
          {onKeep && (
            <Button variant="inline-link" onClick={onKeep}>
              Keep as its result in tests
            </Button>
          )}
        </div>
      )}
    </>
  );
}
