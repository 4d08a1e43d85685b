import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { write } from "../../api/client.ts";
import { useMessages, useTeamOf } from "../../api/folders.ts";
import type { ReadMessagesAnswer } from "../../api/types.ts";
import { useWorkspaceChanges } from "../../api/workspaceChanges.ts";
import { ActButton, useAct, useMay, WhyNot } from "../../parts/acting.tsx";
import { Badge, Card, Disclosure, Foreign, Name, Time } from "../../parts/basics.tsx";
import { Link } from "../../router.tsx";
import { plural } from "../../text/amounts.ts";
import { bytesOf, MESSAGE_BYTES_MAX, REVIEW_BEGINS, type Review, reviewText } from "./reviews.ts";
import { bytesText } from "./words.ts";

type Message = ReadMessagesAnswer["messages"][number];

/** What was written and not sent yet, and the way to send it: one message to the agent. */
export function ReviewBar({
  agent,
  cluster,
  review,
}: {
  readonly agent: string;
  readonly cluster: string;
  readonly review: Review;
}) {
  const may = useMay();
  const queries = useQueryClient();
  const { data } = useTeamOf(cluster);
  // A second try of the same review is the same message.
  const [requestId] = useState(() => `review-${crypto.randomUUID()}`);
  const helpers = (data?.agents ?? []).filter(({ kind: who, name }) => who === "helper" && name === agent);
  const here = helpers.find(({ program }) => program !== undefined) ?? helpers[0];
  const to = helpers.length > 1 && here?.node !== undefined ? `${agent}@${here.node}` : agent;
  const text = reviewText(review.remarks);
  const bytes = bytesOf(text);
  const send = useAct(
    () =>
      write(
        "POST /workspace/{cluster}/messages",
        { cluster },
        { destination: { kind: "direct", to }, text, requestId },
      ),
    {
      onDone() {
        review.clear();
        void queries.invalidateQueries({ queryKey: ["workspace", cluster, "messages"] });
      },
    },
  );
  if (review.remarks.length === 0) return null;
  const isGone = data !== undefined && (here === undefined || here.state === "done");
  return (
    <section className="files-review-bar" aria-label="Review">
      <p>
        <strong>{plural(review.remarks.length, "comment")}</strong>{" "}
        <span className="muted">
          {isGone ? (
            <>
              <Name text={agent} /> has ended: spawn it again under the same name, and it goes on in this
              copy.
            </>
          ) : bytes > MESSAGE_BYTES_MAX ? (
            `${bytesText(bytes)} of ${bytesText(MESSAGE_BYTES_MAX)} that a message takes: send it in parts.`
          ) : (
            "sent as one message, each with its line"
          )}
        </span>
      </p>
      <div className="bar-of-actions">
        <button type="button" onClick={review.clear}>
          Drop all
        </button>
        <ActButton
          may={may}
          kind="chief"
          isBusy={send.isPending}
          isDisabled={isGone || bytes > MESSAGE_BYTES_MAX}
          onClick={() => send.mutate()}
        >
          Send to <Name text={agent} />
        </ActButton>
      </div>
      <WhyNot error={send.error} />
      <div className="files-written">
        <Disclosure summary="What would be sent">
          {() => (
            <ul className="rows">
              {review.remarks.map((remark) => (
                <li key={remark.id} className="row">
                  <span className="row-text">
                    <Name text={remark.path} />
                    <span className="muted">, line {remark.line}: </span>
                    <Name text={remark.text} />
                  </span>
                  <button type="button" className="quiet" onClick={() => review.drop(remark.id)}>
                    Remove
                  </button>
                </li>
              ))}
            </ul>
          )}
        </Disclosure>
      </div>
    </section>
  );
}

/** Reviews that are shown, the newest ones. */
const REVIEWS_MAX = 5;

/** What was sent to the agent from here, and what it answered. */
export function Reviews({ agent, cluster }: { readonly agent: string; readonly cluster: string }) {
  useWorkspaceChanges(cluster);
  const { data } = useMessages(cluster, {});
  const sent = (data?.messages ?? []).filter(
    ({ destination, text }) =>
      destination.kind === "direct" && isFor(destination.to, agent) && text.startsWith(REVIEW_BEGINS),
  );
  if (sent.length === 0) return null;
  return (
    <Card id="reviews" title="Sent to the agent">
      <ul className="rows">
        {sent
          .toReversed()
          .slice(0, REVIEWS_MAX)
          .map((message) => (
            <SentReview key={message.id} cluster={cluster} message={message} />
          ))}
      </ul>
      <p className="muted">
        All of them: <Link to={{ view: "messages", id: cluster }}>the team's messages</Link>
      </p>
    </Card>
  );
}

/** Names of helpers are `name`, `name@node`, or an id that ends with the name. */
function isFor(to: string, agent: string): boolean {
  return to === agent || to.startsWith(`${agent}@`) || to.endsWith(`/${agent}`);
}

function SentReview({ cluster, message }: { readonly cluster: string; readonly message: Message }) {
  const { thread, text, queuedAtMs, receipts } = message;
  const { data } = useMessages(cluster, { thread });
  const replies = (data?.messages ?? []).filter(({ id }) => id !== message.id);
  const isDelivered = receipts.some(({ deliveredAtMs }) => deliveredAtMs !== undefined);
  const isSeen = receipts.some(({ acknowledgedAtMs }) => acknowledgedAtMs !== undefined);
  return (
    <li className="row">
      <span className="row-text">{text.split("\n", 1)[0]}</span>
      <Badge tone={replies.length > 0 || isSeen ? "good" : "calm"}>
        {replies.length > 0 ? "Answered" : isSeen ? "Read" : isDelivered ? "Delivered" : "Sent"}
      </Badge>
      <span className="row-time">
        <Time atMs={queuedAtMs} isExact />
      </span>
      <div className="files-merge-more">
        <Disclosure summary="What was sent">{() => <Foreign text={text} label="The review" />}</Disclosure>
        {replies.map((reply) => (
          <div key={reply.id} className="files-reply">
            <p>
              <Name text={reply.from.name} /> <span className="muted">answers</span>{" "}
              <Time atMs={reply.queuedAtMs} />
            </p>
            <Foreign text={reply.text} label={`Answer of ${reply.from.name.slice(0, 80)}`} />
          </div>
        ))}
      </div>
    </li>
  );
}
