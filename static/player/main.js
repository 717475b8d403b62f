// Puts the set together and switches it on. Each feature is a module of its own that is attached to the set, which has
// begun to load its picture by then.

import { attach as banner } from "./banner.js";
import { attach as captions } from "./captions.js";
import { attach as corner } from "./corner.js";
import { attach as gestures } from "./gestures.js";
import { attach as guide } from "./guide.js";
import { Hiss } from "./hiss.js";
import { attach as info } from "./info.js";
import { attach as keys } from "./keys.js";
import { attach as links } from "./links.js";
import { attach as list } from "./list.js";
import { NightSound } from "./night-sound.js";
import { attach as notice } from "./notice.js";
import { attach as panels } from "./panels.js";
import { attach as phone } from "./phone.js";
import { Quality } from "./quality.js";
import { attach as room } from "./room.js";
import { attach as session } from "./session.js";
import { attach as setup } from "./setup.js";
import { Sleep } from "./sleep.js";
import { attach as sleepcard } from "./sleepcard.js";
import { attach as snow } from "./snow.js";
import { seen, tv } from "./start.js";
import { Telemetry } from "./telemetry.js";
import { Windows } from "./windows.js";

/** For whoever wants to look inside: consoles and tests. */
export { tv };
await seen;
tv.sleep = new Sleep(tv);
tv.quality = new Quality(tv);
tv.windows = new Windows(tv);
tv.hiss = new Hiss(tv);
tv.nightSound = new NightSound(tv);
tv.telemetry = new Telemetry(tv);
const view = [room, snow, corner, notice, banner, panels, list, guide, info, setup, captions, sleepcard, phone];
for (const attach of [...view, keys, gestures, links, session]) attach(tv);
tv.begin();
