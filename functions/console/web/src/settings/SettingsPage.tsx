import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useMemo, useState } from "react";
import { put } from "../api/client";
import { useChange, useSettings } from "../api/resources";
import type { Hour, Settings } from "../api/types";
import { useCan } from "../auth/Gate";
import { usePage } from "../layout/page";
import { Pick } from "../parts/Choice";
import Confirm from "../parts/Confirm";
import { Loaded } from "../parts/states";
import CapSettings from "./CapSettings";
import FailureSettings from "./FailureSettings";
import RetentionSettings from "./RetentionSettings";

export default function SettingsPage() {
  usePage("Settings", [{ text: "Settings", href: "/settings" }]);
  const query = useSettings();
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="For the whole desk.">
        Settings
      </Header>
      <Loaded query={query}>
        {(s) => (
          <SpaceBetween size="l">
            <Automation settings={s} />
            <FailureSettings key={"failures" + JSON.stringify(s.failures)} settings={s} />
            <Hours key={JSON.stringify([s.timezone, s.hours])} settings={s} />
            <CapSettings key={"caps" + JSON.stringify(s.caps)} settings={s} />
            <RetentionSettings key={"retention" + JSON.stringify(s.retention)} settings={s} />
          </SpaceBetween>
        )}
      </Loaded>
    </SpaceBetween>
  );
}

/** One switch that stops every start. */
function Automation({ settings: s }: { settings: Settings }) {
  const admin = useCan("admin");
  const [asking, setAsking] = useState(false);
  const on = s.automation === "on";
  const change = useChange((automation: "on" | "off") => put<Settings>("/settings", { automation }), {
    touches: ["/settings"],
    quiet: true,
    said: (out) => (out.automation === "on" ? "Automation is on again." : "All automation is stopped."),
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            admin && (
              <Button variant={on ? "normal" : "primary"} onClick={() => setAsking(true)}>
                {on ? "Stop all automation…" : "Turn automation on…"}
              </Button>
            )
          }
        >
          Automation
        </Header>
      }
    >
      {on ? (
        <div>
          <StatusIndicator type="success">On</StatusIndicator> <span className="quiet">Enabled workflows answer their triggers.</span>
        </div>
      ) : (
        <Alert type="warning" header="All automation is stopped">
          No workflow starts. Mail is still taken in, and events are kept with the reason why nothing started.
        </Alert>
      )}
      {asking && (
        <Confirm
          title={on ? "Stop all automation?" : "Turn automation on?"}
          action={on ? "Stop all automation" : "Turn automation on"}
          onClose={() => setAsking(false)}
          onConfirm={() => change.mutateAsync(on ? "off" : "on")}
        >
          <div>{on ? "No workflow starts from now on, whatever its own switch says. Runs that are open go on: stop them one by one if they must not." : "Enabled workflows answer new events again. What happened in between is not made up for."}</div>
        </Confirm>
      )}
    </Container>
  );
}

const days: [value: string, label: string][] = [
  ["mon", "Mon"],
  ["tue", "Tue"],
  ["wed", "Wed"],
  ["thu", "Thu"],
  ["fri", "Fri"],
  ["sat", "Sat"],
  ["sun", "Sun"],
];

const clock = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

function Hours({ settings: s }: { settings: Settings }) {
  const admin = useCan("admin");
  const [timezone, setTimezone] = useState(s.timezone);
  const [hours, setHours] = useState<Hour[]>(s.hours);
  const zones = useMemo(() => [...new Set(["UTC", s.timezone, ...Intl.supportedValuesOf("timeZone")])].map((value) => ({ value, label: value.replaceAll("_", " ") })), [s.timezone]);
  const save = useChange(() => put<Settings>("/settings", { timezone, hours }), { touches: ["/settings"], said: () => "The hours were saved." });
  const changed = JSON.stringify([timezone, hours]) !== JSON.stringify([s.timezone, s.hours]);
  const wrong = hours.some((h) => h.days.length === 0 || !clock.test(h.from) || !clock.test(h.to));
  const set = (i: number, edit: Partial<Hour>) => setHours(hours.map((h, n) => (n === i ? { ...h, ...edit } : h)));
  return (
    <Container header={<Header variant="h2" description="What the conditions “within hours” and “outside hours” mean when they name no hours of their own.">Opening hours</Header>}>
      <SpaceBetween size="m">
        <FormField label="Time zone">
          <Pick label="Time zone" disabled={!admin} value={timezone} options={zones} onChange={setTimezone} />
        </FormField>
        {hours.length === 0 && <div className="quiet">Never open.</div>}
        {hours.map((h, i) => (
          <div className="hours" key={i} role="group" aria-label={`Hours ${i + 1}`}>
            <FormField label="Days" errorText={h.days.length === 0 ? "Choose a day" : undefined}>
              <div className="days">
                {days.map(([value, label]) => (
                  <Checkbox
                    key={value}
                    disabled={!admin}
                    checked={h.days.includes(value)}
                    onChange={({ detail }) => set(i, { days: days.map(([d]) => d).filter((d) => (d === value ? detail.checked : h.days.includes(d))) })}
                  >
                    {label}
                  </Checkbox>
                ))}
              </div>
            </FormField>
            <FormField label="From" errorText={clock.test(h.from) ? undefined : "As 09:00"}>
              <Input value={h.from} disabled={!admin} ariaLabel={`Hours ${i + 1} from`} onChange={({ detail }) => set(i, { from: detail.value })} />
            </FormField>
            <FormField label="To" errorText={clock.test(h.to) ? undefined : "As 17:00"}>
              <Input value={h.to} disabled={!admin} ariaLabel={`Hours ${i + 1} to`} onChange={({ detail }) => set(i, { to: detail.value })} />
            </FormField>
            {admin && <Button iconName="remove" variant="icon" ariaLabel={`Remove hours ${i + 1}`} onClick={() => setHours(hours.filter((_, n) => n !== i))} />}
          </div>
        ))}
        {admin && (
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="add-plus" onClick={() => setHours([...hours, { days: ["mon"], from: "09:00", to: "17:00" }])}>
              Add hours
            </Button>
            <Button variant="primary" disabled={!changed || wrong} loading={save.isPending} onClick={() => save.mutate(undefined)}>
              Save
            </Button>
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Container>
  );
}
