// records.js: what is kept by the id of something. Ids are chosen by who
// writes a codebook; an object of its own knows none, where every other one
// knows "constructor".

/**
 * @param {object} [of] records by id
 * @returns {object} the same, and nothing under any other id
 */
export const records = (of = {}) => Object.assign(Object.create(null), of);
