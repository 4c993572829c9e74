FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY tsconfig.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM node:24-slim
ENV NODE_ENV=production \
    OBJECT_TORRENT_HOST=0.0.0.0 \
    OBJECT_TORRENT_ORIGIN=/buckets \
    OBJECT_TORRENT_DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY buckets /buckets
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080 6969 6969/udp 6881
ENTRYPOINT ["node", "dist/main.js"]
