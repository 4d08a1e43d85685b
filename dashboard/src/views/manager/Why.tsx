import { useExplained } from "../../api/operate.ts";
import { Answer } from "../../parts/answers.tsx";
import { cleanText } from "../../text/clean.ts";

/** Why a plan was made, or a cluster is as it is, in the manager's sentences. */
export function Why({ subject }: { readonly subject: string }) {
  const query = useExplained(subject);
  return (
    <Answer query={query} what="the reasons" isPart>
      {({ sentences }) => (
        <ul className="manager-sentences">
          {sentences.map((sentence) => (
            <li key={sentence}>
              <bdi>{cleanText(sentence)}</bdi>
            </li>
          ))}
        </ul>
      )}
    </Answer>
  );
}
