import {
  applyNodeChanges,
  Background,
  Controls,
  type Edge,
  Handle,
  MarkerType,
  type Node,
  type NodeChange,
  type NodeProps,
  Position,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import { useEffect, useMemo, useRef, useState } from "react";
import { cleanName } from "../../text/clean.ts";
import { type Draft, depthOf } from "./draft.ts";
import { type EditProps, modelName } from "./editing.ts";
import "@xyflow/react/dist/base.css";

/** Room for a box, its lines beside it. Pixels. */
const COLUMN = 250;
const ROW = 120;
/** Of a prompt so much is in its box; the list has all of it. Characters. */
const EXCERPT = 60;

interface BoxData extends Record<string, unknown> {
  readonly name: string;
  readonly agent: string;
  readonly model: string;
  readonly prompt: string;
  /** Where it was laid out. */
  readonly place: { readonly x: number; readonly y: number };
}

type Box = Node<BoxData, "task">;

const FIT = { maxZoom: 1, padding: 0.15 };
const NODE_TYPES = { task: TaskBox };

/** The tasks as boxes, and lines from each to those that wait for it. */
export function TaskGraph({
  draft,
  models,
  onConnect,
  onOpen,
}: EditProps & {
  readonly onConnect: (task: string, on: string, isOn: boolean) => void;
  readonly onOpen: (task: string) => void;
}) {
  const [boxes, setBoxes] = useState<Box[]>([]);
  const [chosenEdge, setChosenEdge] = useState<string>();
  useEffect(() => setBoxes((before) => boxesOf(draft, models, before)), [draft, models]);
  const flow = useRef<ReactFlowInstance<Box, Edge>>(null);
  // Whoever adds a task sees it, once its box was measured.
  const measured = boxes.filter((box) => box.measured?.width !== undefined).length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it fits anew with each box that comes or goes.
  useEffect(() => void flow.current?.fitView(FIT), [measured]);
  const edges = useMemo(() => edgesOf(draft, chosenEdge), [draft, chosenEdge]);
  return (
    <div className="make-graph" data-takes-keys="">
      <ReactFlow<Box, Edge>
        nodes={boxes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        onNodesChange={(changes: NodeChange<Box>[]) =>
          setBoxes((before) => applyNodeChanges(changes, before))
        }
        onEdgesChange={(changes) => {
          for (const change of changes)
            if (change.type === "select") setChosenEdge(change.selected ? change.id : undefined);
        }}
        onConnect={({ source, target }) => onConnect(target, source, true)}
        onEdgesDelete={(gone) => {
          for (const { source, target } of gone) onConnect(target, source, false);
        }}
        onNodeClick={(_event, { id }) => onOpen(id)}
        deleteKeyCode={["Delete", "Backspace"]}
        proOptions={{ hideAttribution: true }}
        onInit={(instance) => {
          flow.current = instance;
        }}
        fitView
        fitViewOptions={FIT}
        minZoom={0.2}
        maxZoom={1.5}
        preventScrolling={false}
        zoomOnScroll={false}
        aria-label="Graph of the tasks"
      >
        <Background gap={20} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

function TaskBox({ data }: NodeProps<Box>) {
  return (
    <div className="make-box">
      <Handle type="target" position={Position.Left} />
      <strong>{data.name}</strong>
      <span className="make-box-who">{data.agent}</span>
      {data.prompt !== "" && <span className="make-box-prompt">{data.prompt}</span>}
      <Handle type="source" position={Position.Right} />
    </div>
  );
}

/** A box stays where somebody put it; a new one comes in the column behind those that it waits for. */
function boxesOf(draft: Draft, models: EditProps["models"], before: readonly Box[]): Box[] {
  const depths = depthOf(draft.tasks);
  const rows = new Map<number, number>();
  return draft.tasks.map(({ key, name, agent, prompt }) => {
    const depth = depths.get(key) ?? 0;
    const row = rows.get(depth) ?? 0;
    rows.set(depth, row + 1);
    const there = before.find((box) => box.id === key);
    const who = draft.agents.find((one) => one.key === agent);
    const model = who === undefined ? "" : modelName(models, who.model);
    const shown = cleanName(name, 40) || "without a name";
    const by =
      who === undefined
        ? "nobody yet"
        : `${cleanName(who.name, 40) || "an agent"}${model === "" ? "" : ` · ${model}`}`;
    const place = { x: depth * COLUMN, y: row * ROW };
    return {
      ...there,
      id: key,
      type: "task",
      deletable: false,
      ariaLabel: `Task ${shown}, by ${by}`,
      position: movedPlace(there) ?? place,
      data: { name: shown, agent: by, model, prompt: cleanName(prompt, EXCERPT), place },
    };
  });
}

/** Where somebody put it; undefined where it stands as it was laid out. */
function movedPlace(box: Box | undefined): Box["position"] | undefined {
  if (box === undefined) return undefined;
  const laid = box.data.place;
  const isLaid = laid.x === box.position.x && laid.y === box.position.y;
  return isLaid ? undefined : box.position;
}

function edgesOf({ tasks }: Draft, chosen: string | undefined): Edge[] {
  const nameOf = (key: string) => cleanName(tasks.find((task) => task.key === key)?.name ?? "", 40);
  return tasks.flatMap(({ key, dependsOn }) =>
    dependsOn.map((on) => ({
      id: `${on} ${key}`,
      source: on,
      target: key,
      selected: chosen === `${on} ${key}`,
      ariaLabel: `${nameOf(key)} waits for ${nameOf(on)}`,
      markerEnd: { type: MarkerType.ArrowClosed },
    })),
  );
}
