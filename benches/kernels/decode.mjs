import { kernel } from '../lib/kernel.mjs';
import { measure } from './decode-core.mjs';

kernel((options) => measure(options));
