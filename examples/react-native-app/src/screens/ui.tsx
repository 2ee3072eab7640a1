/** The few parts that all screens are made of: large enough for thumbs, named for screen readers. */
import { Pressable, StyleSheet, Text, View } from 'react-native';

export const COLORS = {
  ink: '#16181d',
  quiet: '#5b6270',
  line: '#d9dde5',
  paper: '#ffffff',
  accent: '#0a5cd6',
  warning: '#a2330b',
} as const;

export interface ButtonProps {
  readonly title: string;
  /** For screen readers, where the title alone says too little. */
  readonly label?: string;
  readonly disabled?: boolean;
  readonly quiet?: boolean;
  readonly onPress: () => unknown;
}

export function Button({ title, label, disabled = false, quiet = false, onPress }: ButtonProps) {
  return (
    <Pressable
      accessibilityRole="button"
      accessibilityLabel={label ?? title}
      accessibilityState={{ disabled }}
      disabled={disabled}
      onPress={() => void onPress()}
      style={[styles.button, quiet ? styles.quietButton : undefined, disabled ? styles.disabled : undefined]}
    >
      <Text style={[styles.buttonText, quiet ? styles.quietButtonText : undefined]}>{title}</Text>
    </Pressable>
  );
}

export interface ProgressBarProps {
  /** 0 to 1. */
  readonly fraction: number;
  readonly label: string;
  /** Stored segments and all of them: drawn as cells where they fit. */
  readonly segments?: { readonly done: number; readonly total: number };
}

const MAX_CELLS = 40;

export function ProgressBar({ fraction, label, segments }: ProgressBarProps) {
  const percent = Math.floor(fraction * 100);
  const text =
    segments === undefined || segments.total === 0 ? `${percent} %` : `${percent} %, ${segments.done} of ${segments.total} parts`;
  const cells = cellsOf(segments);
  return (
    <View
      accessible
      accessibilityRole="progressbar"
      accessibilityLabel={label}
      accessibilityValue={{ min: 0, max: 100, now: percent, text }}
    >
      <View style={styles.track}>
        {cells.length === 0 ? (
          <View style={[styles.fill, { width: `${percent}%` }]} />
        ) : (
          cells.map(({ id, isFull }) => <View key={id} style={[styles.cell, isFull ? styles.filledCell : undefined]} />)
        )}
      </View>
      <Text style={styles.quiet}>{text}</Text>
    </View>
  );
}

function cellsOf({ done, total }: { readonly done: number; readonly total: number } = { done: 0, total: 0 }) {
  const count = Math.min(total, MAX_CELLS);
  const full = count === 0 ? 0 : Math.floor((done / total) * count);
  return Array.from({ length: count }, (_, place) => ({ id: `cell-${place}`, isFull: place < full }));
}

/** Something that people should know; read out as soon as it appears. */
export function Notice({ text }: { readonly text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <Text accessibilityRole="alert" accessibilityLiveRegion="polite" style={styles.notice}>
      {text}
    </Text>
  );
}

export function Heading({ text }: { readonly text: string }) {
  return (
    <Text accessibilityRole="header" style={styles.heading}>
      {text}
    </Text>
  );
}

export function Quiet({ text }: { readonly text: string | undefined }) {
  return text === undefined ? null : <Text style={styles.quiet}>{text}</Text>;
}

const styles = StyleSheet.create({
  button: {
    minHeight: 48,
    paddingHorizontal: 20,
    borderRadius: 12,
    backgroundColor: COLORS.accent,
    justifyContent: 'center',
    alignItems: 'center',
  },
  quietButton: { backgroundColor: COLORS.paper, borderColor: COLORS.line, borderWidth: 1 },
  disabled: { opacity: 0.4 },
  buttonText: { color: COLORS.paper, fontSize: 16, fontWeight: '600' },
  quietButtonText: { color: COLORS.ink },
  track: { flexDirection: 'row', height: 8, borderRadius: 4, overflow: 'hidden', backgroundColor: COLORS.line },
  fill: { backgroundColor: COLORS.accent },
  cell: { flex: 1, marginRight: 1, backgroundColor: COLORS.line },
  filledCell: { backgroundColor: COLORS.accent },
  notice: { color: COLORS.warning, fontSize: 15 },
  heading: { color: COLORS.ink, fontSize: 22, fontWeight: '700' },
  quiet: { color: COLORS.quiet, fontSize: 14 },
});
