import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { ApprovalStatus, Priority, RunStatus } from "../api/types";

// A state is told by colour, sign and word together.

type Look = [StatusIndicatorProps.Type, string, StatusIndicatorProps.Color?];

const runs: Record<RunStatus, Look> = {
  running: ["in-progress", "Running"],
  waiting: ["pending", "Waiting", "blue"],
  paused: ["pending", "Paused", "grey"],
  succeeded: ["success", "Succeeded"],
  failed: ["error", "Failed"],
  stopped: ["stopped", "Stopped"],
};

const approvals: Record<ApprovalStatus, Look> = {
  pending: ["pending", "Open", "blue"],
  approved: ["success", "Approved"],
  rejected: ["error", "Rejected"],
  timed_out: ["warning", "Timed out"],
  withdrawn: ["stopped", "Withdrawn"],
};

const desk: Record<string, Look> = {
  open: ["in-progress", "Open", "blue"],
  pending: ["pending", "Pending"],
  solved: ["success", "Solved"],
  closed: ["stopped", "Closed"],
};

function Indicator({ look }: { look: Look }) {
  return (
    <StatusIndicator type={look[0]} colorOverride={look[2]} wrapText={false}>
      {look[1]}
    </StatusIndicator>
  );
}

export const runWord = (s: RunStatus) => runs[s]?.[1] ?? s;
export const RunState = ({ status }: { status: RunStatus }) => <Indicator look={runs[status] ?? ["info", status]} />;
export const ApprovalState = ({ status }: { status: ApprovalStatus }) => <Indicator look={approvals[status] ?? ["info", status]} />;
export const DeskState = ({ status }: { status: string }) => <Indicator look={desk[status] ?? ["info", status]} />;
export const Enabled = ({ on }: { on: boolean }) => (
  <StatusIndicator type={on ? "success" : "stopped"}>{on ? "Enabled" : "Disabled"}</StatusIndicator>
);

const priorities: Record<Priority, string> = { low: "Low", normal: "Normal", high: "High", urgent: "Urgent" };
export const PriorityWord = ({ priority }: { priority: Priority }) =>
  priority === "urgent" || priority === "high" ? (
    <StatusIndicator type="warning" colorOverride={priority === "urgent" ? "red" : "yellow"}>
      {priorities[priority]}
    </StatusIndicator>
  ) : (
    <>{priorities[priority] ?? priority}</>
  );
