import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Tiles from "@cloudscape-design/components/tiles";
import { useState } from "react";
import { useTemplates } from "../api/resources";
import type { Template } from "../api/types";
import { words } from "../layout/notices";
import { Loaded } from "../parts/states";
import { title } from "../parts/words";
import { useWorkflowActions } from "./useWorkflowActions";

const blank = "blank";

/** A new workflow: from blank, or from the gallery of ready-made ones. */
export default function Create({ onClose }: { onClose: () => void }) {
  const templates = useTemplates();
  const { create } = useWorkflowActions();
  const [from, setFrom] = useState(blank);
  const [name, setName] = useState("");
  const [touched, setTouched] = useState(false);

  const choose = (id: string, list: Template[]) => {
    setFrom(id);
    // The name follows the choice until somebody writes another one.
    if (!touched) setName(list.find((t) => t.id === id)?.name ?? "");
  };
  const missing = touched && !name.trim();
  const go = () => {
    setTouched(true);
    if (name.trim()) create.mutate({ name: name.trim(), ...(from === blank ? {} : { template: from }) });
  };

  return (
    <Modal
      visible
      size="large"
      header="Create a workflow"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" loading={create.isPending} onClick={go}>
              Create and edit
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={(e) => {
          e.preventDefault();
          go();
        }}
      >
        <SpaceBetween size="l">
          <Loaded query={templates} what="Loading the gallery">
            {(list) => (
              <FormField label="Start from" stretch>
                <Tiles
                  columns={2}
                  value={from}
                  onChange={({ detail }) => choose(detail.value, list)}
                  items={[
                    { value: blank, label: "Blank", description: "Only a trigger; you add the steps." },
                    ...list.map((t) => ({ value: t.id, label: t.name, description: <Pattern template={t} /> })),
                  ]}
                />
              </FormField>
            )}
          </Loaded>
          <FormField label="Name" errorText={missing ? "A workflow needs a name" : undefined} stretch>
            <Input
              value={name}
              placeholder="What it does, as “Refunds to billing”"
              onChange={({ detail }) => {
                setName(detail.value.slice(0, 120));
                setTouched(true);
              }}
            />
          </FormField>
          {create.error && <Alert type="error">{words(create.error)}</Alert>}
        </SpaceBetween>
      </form>
    </Modal>
  );
}

function Pattern({ template: t }: { template: Template }) {
  const steps = t.definition.nodes.map((n) => n.name || title(n.type));
  return (
    <>
      {t.description}
      <span className="pattern">
        {title(t.definition.trigger.type)} → {steps.join(" → ")}
      </span>
    </>
  );
}
