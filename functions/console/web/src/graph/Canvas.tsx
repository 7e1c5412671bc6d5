import { lazy, Suspense } from "react";
import { Loading } from "../parts/states";
import type { GraphProps } from "./Graph";

const Graph = lazy(() => import("./Graph"));

/** The read-only canvas in a frame of fixed height, loaded when it is first seen. */
export default function Canvas({ height = 420, ...props }: GraphProps & { height?: number }) {
  return (
    <div className="canvas" style={{ blockSize: height }}>
      <Suspense fallback={<Loading what="Drawing" />}>
        <Graph {...props} />
      </Suspense>
    </div>
  );
}
