import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import type { ReactNode } from "react";
import type { Query } from "../api/client";
import { Failure } from "./states";
import { usePages } from "./usePages";
import { useWide } from "./useWide";

export interface Column<T> {
  id: string;
  header: string;
  cell: (item: T) => ReactNode;
  width?: number;
  /** Pixels on narrow screens. */
  narrow?: number;
  /** Shown on narrow screens too. */
  always?: boolean;
}

export interface ListTableProps<T> {
  title: string;
  /** In words: "runs" */
  what: string;
  description?: ReactNode;
  path: string;
  query?: Query;
  columns: Column<T>[];
  filters?: ReactNode;
  actions?: ReactNode;
  empty: ReactNode;
  idOf: (item: T) => string;
  /** Milliseconds between looks, for lists that change by themselves. */
  every?: number;
  /** Within another page rather than being one. */
  inner?: boolean;
  limit?: number;
  /** Items can be chosen, on several pages; what an item is called for screen readers. */
  chosen?: { items: T[]; onChange: (items: T[]) => void; nameOf: (item: T) => string };
}

/** A list of /v1 as a table: loading, empty, failed, page by page. */
export default function ListTable<T>(p: ListTableProps<T>) {
  const wide = useWide();
  const pages = usePages<T>(p.path, p.query ?? {}, p.limit, { every: p.every });
  const { query } = pages;
  const columns: TableProps.ColumnDefinition<T>[] = p.columns
    .filter((c) => wide || c.always)
    .map((c, i) => ({ id: c.id, header: c.header, cell: c.cell, width: wide ? c.width : c.narrow, isRowHeader: i === 0 }));
  return (
    <SpaceBetween size="s">
      {query.error && <Failure error={query.error} retry={() => void query.refetch()} />}
      <Table
        variant={p.inner ? "container" : "full-page"}
        stickyHeader={!p.inner}
        header={
          <Header
            variant={p.inner ? "h2" : "h1"}
            description={p.description}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button iconName="refresh" ariaLabel="Refresh" loading={query.isFetching && !query.isLoading && !p.every} onClick={() => void query.refetch()} />
                {p.actions}
              </SpaceBetween>
            }
          >
            {p.title}
          </Header>
        }
        filter={p.filters && <div className="filters">{p.filters}</div>}
        columnDefinitions={columns}
        items={query.error && !query.data ? [] : pages.items}
        trackBy={p.idOf}
        loading={query.isLoading}
        loadingText={`Loading ${p.what}…`}
        empty={query.error ? "–" : p.empty}
        wrapLines
        enableKeyboardNavigation
        ariaLabels={{
          tableLabel: p.title,
          selectionGroupLabel: p.title,
          allItemsSelectionLabel: () => "Choose all on this page",
          itemSelectionLabel: (_, item) => `Choose ${p.chosen?.nameOf(item) ?? ""}`,
        }}
        selectionType={p.chosen ? "multi" : undefined}
        selectedItems={p.chosen?.items}
        onSelectionChange={({ detail }) => p.chosen?.onChange(detail.selectedItems)}
        pagination={
          pages.known > 1 ? (
            <Pagination
              currentPageIndex={pages.page}
              pagesCount={pages.known}
              openEnd={pages.more}
              disabled={query.isPlaceholderData}
              onChange={({ detail }) => pages.go(detail.currentPageIndex)}
            />
          ) : undefined
        }
      />
    </SpaceBetween>
  );
}
