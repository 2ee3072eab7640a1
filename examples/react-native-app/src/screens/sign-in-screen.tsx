/** Stands for the app's own sign-in: Reelway wants nothing but an id that is the same every time. */
import { useState } from 'react';
import { StyleSheet, TextInput, View } from 'react-native';
import { Button, COLORS, Heading } from './ui';

export function SignInScreen({ onSignIn }: { readonly onSignIn: (userId: string) => void }) {
  const [name, setName] = useState('');
  return (
    <View style={styles.page}>
      <Heading text="Reels" />
      <TextInput
        accessibilityLabel="Your name"
        placeholder="Your name"
        value={name}
        onChangeText={setName}
        autoCapitalize="none"
        style={styles.input}
      />
      <Button title="Sign in" disabled={name.trim() === ''} onPress={() => onSignIn(name.trim())} />
    </View>
  );
}

const styles = StyleSheet.create({
  page: { flex: 1, padding: 20, gap: 16, justifyContent: 'center' },
  input: {
    minHeight: 48,
    paddingHorizontal: 12,
    borderWidth: 1,
    borderColor: COLORS.line,
    borderRadius: 12,
    color: COLORS.ink,
    fontSize: 16,
  },
});
