import { AppRegistry } from 'react-native';
import { name } from './app.json';
import { App } from './src/app';

AppRegistry.registerComponent(name, () => App);
