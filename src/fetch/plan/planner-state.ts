/**
 * What the planner decides from, and what it decides: plain data without methods, which survives JSON unchanged. So a state
 * can be written in a test, recorded in an app and replayed in a simulation.
 */
import type { Priority } from '../../core/index.js';

/** All that the planner knows. */
export interface PlannerState {
  readonly videos: readonly PlannedVideo[];
  /** The segments being fetched, in the order in which their jobs began. */
  readonly jobs: readonly PlannedJob[];
  /** Segments to start at most, ≥ 1. */
  readonly limit: number;
  /** Only segments that are waited for, and openings. */
  readonly urgentOnly: boolean;
  /** Whether jobs for segments that are not wanted any more are to stop. */
  readonly stopsUnwanted: boolean;
  /** Buffers that jobs may use together, ≥ 1. */
  readonly bufferQuota: number;
}

/** One video with a session, a load or a waiting read. Indices count its segments from 0. */
export interface PlannedVideo {
  readonly videoId: string;
  /** Segments that are waited for, the longest wait first. */
  readonly waiting: readonly number[];
  /** Segments of its opening, in order. */
  readonly opening: readonly number[];
  readonly sessions: readonly PlannedSession[];
  readonly loads: readonly PlannedLoad[];
  /**
   * Of the segments above and in the windows of its readers, those that are neither on the device nor being fetched nor given
   * up. Of each window, the nearest `limit` are enough. In any order; one may be named twice.
   */
  readonly missing: readonly number[];
}

/** An open session. */
export interface PlannedSession {
  /** Increases with each session and load. */
  readonly number: number;
  readonly readers: readonly PlannedReader[];
}

/** The window of one reader: its play head and its read-ahead. */
export interface PlannedReader {
  /** The segment at the play head. */
  readonly head: number;
  /** End of the read-ahead, exclusive, ≥ `head`. */
  readonly until: number;
}

/** A load of the whole video. */
export interface PlannedLoad {
  /** Increases with each session and load. */
  readonly number: number;
  readonly priority: Priority;
  /** Its first missing segments, in its own order (see `loadOrder`); `limit` are enough. */
  readonly missing: readonly number[];
}

/** One segment of one video. */
export interface PlannedSegment {
  readonly videoId: string;
  readonly index: number;
}

/** A segment being fetched. */
export interface PlannedJob extends PlannedSegment {
  /** Whether it was waited for, or belonged to an opening, when it began. */
  readonly isUrgent: boolean;
  readonly usesBuffer: boolean;
  /** Whether it waits for its next attempt. */
  readonly isResting: boolean;
  /** Whether it was stopped and has not ended yet. */
  readonly isStopping: boolean;
}

/** Why a segment is fetched. */
export type PlanReason = 'waiting' | 'opening' | 'ahead' | 'load';

/** Stops a job. */
export interface StopAction extends PlannedSegment {
  readonly kind: 'stop';
}

/** Starts a job. */
export interface StartAction extends PlannedSegment {
  readonly kind: 'start';
  readonly reason: PlanReason;
  /** The job to stop where there is no slot or buffer for an urgent segment; absent: none may be stopped. */
  readonly insteadOf?: PlannedSegment;
}

/** What is to be done, one action after the other. The first start without a slot or a buffer ends the list. */
export type PlanAction = StopAction | StartAction;
