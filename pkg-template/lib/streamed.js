// The activities that a stream yields. Comes with the WebAssembly.
import { activitiesOf } from './model.js';
import { LightActivity } from './values.js';

/** The activities of the core. With `load`, which requests an activity by its id, they are without their artifacts. */
export function streamed(found, load) {
  const activities = activitiesOf(found);
  return load ? activities.map((activity) => new LightActivity(activity, load)) : activities;
}
