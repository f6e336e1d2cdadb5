// Makes objects of the tapes that the core writes: words, one text that holds all strings of ASCII, and one for the others.
// src/core/tape says how a tape is written.
//
// Strings are cut out of a text, so one that is kept keeps that text: it holds the short strings of one answer.
// Patches and media are not among these. They are copied out of the answer's body as bytes, and decoded when they are
// looked at: a slice each, since otherwise the smallest of them would keep the body of a whole page.

/** What stands for a kept string until its object is there. */
class Kept {
  constructor(bytes) {
    this.bytes = bytes;
  }
}

const CONSTANTS = [null, false, true];

/** A reader for one instance of the core, which tells names only once. */
export function createReader() {
  const shapes = [];
  const known = [];
  let words, text, wide, bodies;
  let at, from, wideFrom, kept;

  function rare(number, length) {
    if (number === 1) return map(length);
    if (number === 2) {
      const start = wideFrom;
      wideFrom += length;
      return wide.substring(start, wideFrom);
    }
    const start = from;
    from += length;
    return Number(text.substring(start, from));
  }

  function next() {
    const word = words[at++];
    const number = word >>> 3;
    switch (word & 7) {
      case 0: {
        const start = from;
        from += number;
        return text.substring(start, from);
      }
      case 1:
        return word >> 3;
      case 2: {
        const before = kept;
        const object = shapes[number](next);
        if (kept > before) settle(object);
        return object;
      }
      case 3: {
        const list = [];
        for (let i = 0; i < number; i++) list.push(next());
        return list;
      }
      case 4:
        return CONSTANTS[number];
      case 5:
        return known[number];
      case 6: {
        kept++;
        const start = words[at++];
        return new Kept(bodies[number].slice(start, words[at++]));
      }
      default:
        return rare(number, words[at++]);
    }
  }

  function map(count) {
    const object = {};
    const before = kept;
    while (count-- > 0) {
      const name = next();
      // An assignment to this name would set the prototype.
      if (name === '__proto__') Object.defineProperty(object, name, { value: next(), writable: true, enumerable: true, configurable: true });
      else object[name] = next();
    }
    if (kept > before) settle(object);
    return object;
  }

  /** Puts accessors in the place of what is kept. */
  function settle(object) {
    for (const name of Object.keys(object)) {
      if (object[name] instanceof Kept) {
        keep(object, name, object[name].bytes);
        kept--;
      }
    }
  }

  return {
    read(newWords, newText, newWide, told, newBodies) {
      for (const line of told.split('\n').slice(1)) {
        if (line[0] === '=') known.push(line.slice(1));
        else shapes.push(maker(line.slice(1)));
      }
      words = newWords;
      text = utf8().decode(newText);
      wide = newWide.length > 0 ? utf8().decode(newWide) : '';
      bodies = newBodies;
      at = from = wideFrom = kept = 0;
      try {
        return next();
      } finally {
        words = text = wide = bodies = undefined;
      }
    },
  };
}

/** Objects of the shapes that lists are made of: literals, which engines make several times as fast as anything else. */
const MAKERS = {
  'type,id,name,createTime,originator,message,artifacts,cursor,': (next) => ({ type: next(), id: next(), name: next(), createTime: next(), originator: next(), message: next(), artifacts: next(), cursor: next() }),
  'type,id,name,createTime,originator,description,message,artifacts,cursor,': (next) => ({ type: next(), id: next(), name: next(), createTime: next(), originator: next(), description: next(), message: next(), artifacts: next(), cursor: next() }),
  'type,id,name,createTime,originator,description,title,artifacts,cursor,': (next) => ({ type: next(), id: next(), name: next(), createTime: next(), originator: next(), description: next(), title: next(), artifacts: next(), cursor: next() }),
  'id,title,index,': (next) => ({ id: next(), title: next(), index: next() }),
  'id,title,description,index,': (next) => ({ id: next(), title: next(), description: next(), index: next() }),
  'type,source,gitPatch,': (next) => ({ type: next(), source: next(), gitPatch: next() }),
  'unidiffPatch,baseCommitId,suggestedCommitMessage,': (next) => ({ unidiffPatch: next(), baseCommitId: next(), suggestedCommitMessage: next() }),
  'type,command,output,exitCode,': (next) => ({ type: next(), command: next(), output: next(), exitCode: next() }),
  'name,id,prompt,title,url,state,createTime,updateTime,archived,sourceContext,outputs,': (next) => ({ name: next(), id: next(), prompt: next(), title: next(), url: next(), state: next(), createTime: next(), updateTime: next(), archived: next(), sourceContext: next(), outputs: next() }),
};

function maker(names) {
  if (Object.hasOwn(MAKERS, names)) return MAKERS[names];
  const list = names.split(',').slice(0, -1);
  return (next) => {
    const object = {};
    for (let i = 0; i < list.length; i++) object[list[i]] = next();
    return object;
  };
}

let decoder;

function utf8() {
  return (decoder ??= new TextDecoder('utf-8', { ignoreBOM: true }));
}

const BYTES = Symbol('bytes');
const MAKE = Symbol('make');

/** What JSON has between the quotes of a string, as that string. Half a pair of surrogates is no character. */
export function decode(bytes) {
  const text = JSON.parse(`"${utf8().decode(bytes)}"`);
  return text.toWellFormed?.() ?? text;
}

/** Gives `object` a string that is kept as `bytes`, as JSON has them between its quotes. */
function keep(object, name, bytes) {
  later(object, name, () => decode(bytes), bytes);
}

/**
 * A string that is kept and was not looked at yet: its `bytes`, as JSON has them between its quotes, and what makes its
 * `text`. That stays so, whatever becomes of the property.
 */
export function keptOf(object, name) {
  const get = Object.getOwnPropertyDescriptor(object, name)?.get;
  return get?.[BYTES] && { bytes: get[BYTES], text: get[MAKE] };
}

/**
 * Gives `object` a property that is made when it is first looked at: an own, enumerable one, which is a plain one from
 * then on, or when it is set. Whoever copies it, copies it unmade.
 */
export function later(object, name, make, bytes) {
  let value;
  const once = () => {
    if (make) value = make();
    make = get[BYTES] = undefined;
    return value;
  };
  function get() {
    const made = once();
    define(this, name, made);
    return made;
  }
  get[BYTES] = bytes;
  get[MAKE] = once;
  Object.defineProperty(object, name, {
    enumerable: true,
    configurable: true,
    get,
    set(given) {
      define(this, name, given);
    },
  });
}

/** Fails without a word on what is frozen. */
export function define(object, name, value) {
  Reflect.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
